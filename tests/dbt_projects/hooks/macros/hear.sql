{% macro hear(what) %}
insert into main.heard
select coalesce(max(number), 0) + 1, '{{ what }}' from main.heard
{% endmacro %}

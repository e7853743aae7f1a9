{% test same_rows(model, compare_with) %}
select 1 where (select count(*) from {{ model }}) <> (select count(*) from {{ compare_with }})
{% endtest %}

{% macro default__greeting(name) %}'project greets {{ name }}'{% endmacro %}
{% macro same_name() %}'project'{% endmacro %}

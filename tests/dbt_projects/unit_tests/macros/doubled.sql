{% macro doubled(x) %}({{ x }} * 2){% endmacro %}

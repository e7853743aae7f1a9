{% macro greeting(name) %}{{ return(adapter.dispatch('greeting', 'local_one')(name)) }}{% endmacro %}
{% macro default__greeting(name) %}'package greets {{ name }}'{% endmacro %}

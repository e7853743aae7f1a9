{% test at_least(model, column_name, least=0, name=none) %}
    {{ config(severity='warn', tags=['own']) }}
    select * from {{ model }} where {{ column_name }} < {{ least }}
{% endtest %}

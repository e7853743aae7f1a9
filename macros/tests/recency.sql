{# Returns the newest value when it lies more than so many days before as_of, or when there is none. #}
{% test recency(model, column, days) %}
    select max({{ column }}) as newest
    from {{ model }}
    having
        max({{ column }}) is null
        or cast(max({{ column }}) as timestamp)
        < {{ as_of() }} - interval {{ days }} day
{% endtest %}

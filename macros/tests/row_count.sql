{# Returns one row with the count when the relation has fewer rows. #}
{% test row_count_at_least(model, count) %}
    select count(*) as row_count from {{ model }} having count(*) < {{ count }}
{% endtest %}

{# Returns one row with the count when the relation has more rows. #}
{% test row_count_at_most(model, count) %}
    select count(*) as row_count from {{ model }} having count(*) > {{ count }}
{% endtest %}

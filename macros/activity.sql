{# Expressions of the models of activity. #}
{# DATE: n periods later than a period's first day. Wants column period_grain (day, week, month, quarter, year). #}
{% macro period_of_grain(first_day, n) -%}
    case
        period_grain
        when 'day'
        then {{ add_periods("day", first_day, n) }}
        when 'week'
        then {{ add_periods("week", first_day, n) }}
        when 'month'
        then {{ add_periods("month", first_day, n) }}
        when 'quarter'
        then {{ add_periods("quarter", first_day, n) }}
        else {{ add_periods("year", first_day, n) }}
    end
{%- endmacro %}

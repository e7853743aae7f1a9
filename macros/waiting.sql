{# Waiting times and Kaplan-Meier. #}
{# INTEGER: whole days that somebody has been watched until as_of, since a moment of the reporting time zone and its #}
{# day. The last day counts only when it is over: 24 hours x n after the moment. #}
{% macro observed_days(since_local, since_date) -%}
    cast(
        case
            when
                {{ since_local }}
                + {{ days_between(since_date, as_of_date()) }} * interval 1 day
                > {{ as_of() }}
            then {{ days_between(since_date, as_of_date()) }} - 1
            else {{ days_between(since_date, as_of_date()) }}
        end as integer
    )
{%- endmacro %}

{# DOUBLE: ln of the share that stays through a step, 0 when nobody does: such a step ends the curve, and ln(0) does #}
{# not exist. #}
{% macro km_log_step(events, at_risk) -%}
    case
        when {{ events }} < {{ at_risk }}
        then ln(1 - {{ safe_divide(events, at_risk) }})
        else 0
    end
{%- endmacro %}

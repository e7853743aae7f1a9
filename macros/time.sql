{# Time. Every model takes its "now" from as_of(); no clock anywhere. Weeks start on Monday. #}
{# TIMESTAMP: the exclusive cut-off, in the reporting time zone. Only facts before it are read. #}
{% macro as_of() -%}
    cast({{ sql_text(var("as_of", none) or var("sample_as_of")) }} as timestamp)
{%- endmacro %}

{# DATE: the day of the cut-off; it is the first day that is not read when as_of is a midnight. #}
{% macro as_of_date() -%} cast({{ as_of() }} as date) {%- endmacro %}

{# TIMESTAMP in the reporting time zone from a UTC TIMESTAMP. Staging only. #}
{% macro to_reporting_time(utc) -%}
    {%- set zone = (var("reporting_timezone", none) or "UTC") | string -%}
    {%- if zone == "UTC" -%} {{ utc }}
    {%- else -%}(({{ utc }}) at time zone 'UTC' at time zone {{ sql_text(zone) }})
    {%- endif -%}
{%- endmacro %}

{# TIMESTAMP in UTC from a TIMESTAMP in the reporting time zone, the way back. #}
{% macro from_reporting_time(local) -%}
    {%- set zone = (var("reporting_timezone", none) or "UTC") | string -%}
    {%- if zone == "UTC" -%} {{ local }}
    {%- else -%}(({{ local }}) at time zone {{ sql_text(zone) }} at time zone 'UTC')
    {%- endif -%}
{%- endmacro %}

{# INTEGER: calendar days from one DATE to another. #}
{% macro days_between(first, last) -%}
    cast(
        date_diff('day', cast({{ first }} as date), cast({{ last }} as date)) as integer
    )
{%- endmacro %}

{# INTEGER: calendar months from one DATE to another; the day of the month does not matter. #}
{% macro months_between(first, last) -%}
    cast(
        (year({{ last }}) - year({{ first }})) * 12
        + month({{ last }})
        - month({{ first }}) as integer
    )
{%- endmacro %}

{# INTEGER: calendar periods from one DATE to another; grain is day, week, month, quarter or year. #}
{% macro periods_between(grain, first, last) -%}
    {%- if grain == "day" -%} {{ days_between(first, last) }}
    {%- elif grain == "week" -%}
        cast(
            round(
                {{ days_between(period_start("week", first), period_start("week", last)) }}
                / 7.0
            ) as integer
        )
    {%- elif grain == "month" -%} {{ months_between(first, last) }}
    {%- elif grain == "quarter" -%}
        cast(
            (year({{ last }}) - year({{ first }})) * 4
            + quarter({{ last }})
            - quarter({{ first }}) as integer
        )
    {%- elif grain == "year" -%} cast(year({{ last }}) - year({{ first }}) as integer)
    {%- else -%} {{ exceptions.raise_compiler_error("unknown grain '" ~ grain ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{# DATE: first day of the period that holds the day. #}
{% macro period_start(grain, day) -%}
    cast(date_trunc('{{ grain }}', cast({{ day }} as date)) as date)
{%- endmacro %}

{# DATE: n periods later (n may be a column or negative); the day of the month is clipped to the end of the month. #}
{% macro add_periods(grain, day, n) -%}
    {%- if grain == "day" -%} {{ add_days(day, n) }}
    {%- elif grain == "week" -%} {{ add_days(day, "7 * (" ~ n ~ ")") }}
    {%- elif grain == "quarter" -%} {{ add_periods("month", day, "3 * (" ~ n ~ ")") }}
    {%- elif grain in ("month", "year") -%}
        cast(
            cast({{ day }} as date)
            + (cast({{ n }} as integer) * interval 1 {{ grain }}) as date
        )
    {%- else -%} {{ exceptions.raise_compiler_error("unknown grain '" ~ grain ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{# DATE: n days later. #}
{% macro add_days(day, n) -%}
    cast(cast({{ day }} as date) + cast({{ n }} as integer) as date)
{%- endmacro %}

{# Rows of TIMESTAMP, for the select list of a CTE of its own: each period from first to last (both included). #}
{% macro date_spine(grain, first, last) -%}
    unnest(
        generate_series(
            cast({{ first }} as date), cast({{ last }} as date), interval 1 {{ grain }}
        )
    )
{%- endmacro %}

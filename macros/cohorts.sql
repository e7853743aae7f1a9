{# The clock of the cohort marts. A period number says how long after a customer's start something happens. #}
{# Calendar clock: whole calendar days, weeks, months since the cohort's period; a month is 1st to 1st. #}
{# Elapsed clock: windows of 24 hours, 7 x 24 and 30 x 24 hours from the exact start, in UTC, so that no #}
{# daylight saving shift changes their length. Negative = before the start. #}

{# TIMESTAMP in UTC: the exclusive cut-off as_of, which is given in the reporting time zone. #}
{% macro as_of_utc() -%}
    {%- set zone = (var("reporting_timezone", none) or "UTC") | string | replace("'", "''") -%}
    {%- if zone == "UTC" -%} {{ as_of() }}
    {%- else -%} ({{ as_of() }} at time zone '{{ zone }}' at time zone 'UTC')
    {%- endif -%}
{%- endmacro %}

{# BIGINT: the period of happened_at (UTC) or happened_on (its local date) for a customer of a cohort. Wants #}
{# columns cohort_grain, cohort_start (DATE) and started_at (UTC). #}
{% macro cohort_period_number(happened_at, happened_on) -%}
    {%- if policy("retention_clock") == "elapsed" -%}
    cast(
        floor(
            (epoch({{ happened_at }}) - epoch(started_at)) / case
                cohort_grain when 'month' then 2592000.0 when 'week' then 604800.0 else 86400.0
            end
        ) as bigint
    )
    {%- else -%}
    cast(
        case cohort_grain
            when 'month' then {{ periods_between("month", "cohort_start", happened_on) }}
            when 'week' then {{ periods_between("week", "cohort_start", happened_on) }}
            else {{ periods_between("day", "cohort_start", happened_on) }}
        end as bigint
    )
    {%- endif -%}
{%- endmacro %}

{# DATE: first day of a period. Wants columns cohort_grain, cohort_start, period_number. On the elapsed clock #}
{# windows begin with each customer: the date is the earliest on which a window of the cohort can begin. #}
{% macro cohort_period_start() -%}
    {%- if policy("retention_clock") == "elapsed" -%}
    {{ add_days(
        "cohort_start", "period_number * case cohort_grain when 'month' then 30 when 'week' then 7 else 1 end"
    ) }}
    {%- else -%}
    case cohort_grain
        when 'month' then {{ add_periods("month", "cohort_start", "period_number") }}
        when 'week' then {{ add_periods("week", "cohort_start", "period_number") }}
        else {{ add_periods("day", "cohort_start", "period_number") }}
    end
    {%- endif -%}
{%- endmacro %}

{# VARCHAR: the cohort as text, for heat maps: 2024-01 for a month, 2024-01-29 for a week or a day. Wants #}
{# columns cohort_grain and cohort_start. #}
{% macro cohort_label() -%}
    case
        when cohort_grain = 'month' then strftime(cohort_start, '%Y-%m')
        else strftime(cohort_start, '%Y-%m-%d')
    end
{%- endmacro %}

{# Rows (grain, last period number) for a VALUES list, from var cohort_max_periods. #}
{% macro cohort_max_period_rows() -%}
    {%- set limits = var("cohort_max_periods") -%}
    {%- for grain in ("day", "week", "month") -%}
        {%- set last = limits.get(grain) -%}
        {%- if limits | length != 3 or last | int(-1) != last or last < 0 or last > 9999 -%}
            {{ exceptions.raise_compiler_error(
                "var cohort_max_periods is " ~ limits ~ ": it must give day, week and month a whole number"
                ~ " from 0 to 9999"
            ) }}
        {%- endif -%}
        ('{{ grain }}', {{ last }}){{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Rows (grain, first period, last period) for a VALUES list, from var cohort_brackets. #}
{% macro cohort_bracket_rows() -%}
    {%- set rows = [] -%}
    {%- set wanted = "{month: [[first, last], ...]} for day, week or month, whole numbers, 0 <= first <= last" -%}
    {%- for grain, brackets in var("cohort_brackets").items() -%}
        {%- for bracket in (brackets if brackets is iterable else [brackets]) -%}
            {%- if grain not in ("day", "week", "month") or bracket is not iterable or bracket | length != 2
                or bracket[0] | int(-1) != bracket[0] or bracket[1] | int(-1) != bracket[1]
                or bracket[0] < 0 or bracket[1] < bracket[0] -%}
                {{ exceptions.raise_compiler_error(
                    "var cohort_brackets: " ~ grain ~ ": " ~ bracket ~ " is no bracket: it must be " ~ wanted
                ) }}
            {%- endif -%}
            {%- do rows.append("('" ~ grain ~ "', " ~ bracket[0] ~ ", " ~ bracket[1] ~ ")") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if not rows -%}
        {{ exceptions.raise_compiler_error("var cohort_brackets has no bracket: it must be " ~ wanted) }}
    {%- endif -%}
    {{ rows | join(", ") }}
{%- endmacro %}

{# Columns of a cohort and slice, from the rows of what its customers did (int_cohort_activity): how many there are, how #}
{# far their clocks have run. #}
{% macro cohort_summary_columns() %}
            cohort_grain,
            cohort_start,
            cast({{ cohort_label() }} as varchar) as cohort_label,
            dimension,
            value,
            cast(sum(open_customers) as bigint) as cohort_size,
            cast(sum(last_active_customers) as bigint) as ever_active_customers,
            cast(max(begun_period_number) as bigint) as begun_period_number,
            cast(
                min(period_number) filter (where open_customers > 0) as bigint
            ) as complete_periods,
            cast(bool_or(is_left_censored) as boolean) as is_left_censored
{%- endmacro %}

{# Columns of int_cohort_activity and of int_event_cohort_activity that retention is counted from. #}
{% macro cohort_activity_columns() -%}
    cohort_grain,
    cohort_start,
    dimension,
    value,
    period_number,
    active_customers,
    last_active_customers,
    last_active_customers_open,
    open_customers
{%- endmacro %}

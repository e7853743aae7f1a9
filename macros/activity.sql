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

{# WHERE clause: the users whom the marts of users count, under anonymous_activity. #}
{% macro only_users() -%}
    {%- if policy("anonymous_activity") == "exclude" -%} where not is_anonymous {%- endif -%}
{%- endmacro %}

{# Rows of window lengths for a VALUES list, from var activation_windows. #}
{% macro activation_window_rows() -%}
    {%- for days in var("activation_windows") -%}
        {%- if days | int(-1) != days or days < 1 -%}
            {{ exceptions.raise_compiler_error(
                "var activation_windows is " ~ var("activation_windows") ~ ": it must be a list of days, 1 or more each"
            ) }}
        {%- endif -%}
        ({{ days }}){{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The two days of var activation_retention_days, [first, last) since the sign-up; the window in which users must #}
{# still be active begins when the last window of actions is over. #}
{% macro activation_retention_days() -%}
    {%- set days = var("activation_retention_days") -%}
    {%- if days is not iterable or days | length != 2 or days[0] | int(-1) != days[0] or days[1] | int(-1) != days[1]
        or days[1] <= days[0] or days[0] < var("activation_windows") | max -%}
        {{ exceptions.raise_compiler_error(
            "var activation_retention_days is " ~ days ~ ": it must be [first, last] in days with first < last, and"
            ~ " first not before the end of the longest of activation_windows " ~ var("activation_windows")
        ) }}
    {%- endif -%}
    {{ return(days) }}
{%- endmacro %}

{# INTEGER: the shortest of activation_windows, counted from the sign-up, in which something lies; NULL after all. #}
{% macro activation_first_window(happened_at, signup_at) -%}
    case
        {% for days in var("activation_windows") | sort %}
            when {{ happened_at }} < {{ signup_at }} + interval {{ days }} day
            then {{ days }}
        {% endfor %}
    end
{%- endmacro %}

{# One row (action, n, window_days) for a VALUES list, from var activation_rule; typed NULLs when it is not set. #}
{% macro activation_rule_row() -%}
    {%- set rule = var("activation_rule", none) -%}
    {%- if rule is none -%} (cast(null as varchar), cast(null as integer), cast(null as integer))
    {%- elif rule is not mapping or rule.get("actions") | int(-1) != rule.get("actions") or rule.get("actions") < 1
        or rule.get("window_days") | int(-1) != rule.get("window_days") or rule.get("window_days") < 1
        or not rule.get("action") -%}
        {{ exceptions.raise_compiler_error(
            "var activation_rule is " ~ rule ~ ": it must be {action: name, actions: number, window_days: number}"
        ) }}
    {%- else -%}
        ({{ sql_text(rule["action"]) }}, {{ rule["actions"] }}, {{ rule["window_days"] }})
    {%- endif -%}
{%- endmacro %}

{# VARCHAR: what a visitor is called whom nobody identified; the raw cookie or device id stays in staging. #}
{% macro anonymous_user_id(anonymous_id) -%} 'anon_' || left({{ salted_hash(anonymous_id) }}, 32) {%- endmacro %}

{# BOOLEAN: an event is what var start_event or return_event asks for: any, core_action, class:NAME of event_classes, #}
{# or the name of an event. #}
{% macro event_is(wanted) -%}
    {%- if wanted == "any" -%} true
    {%- elif wanted == "core_action" -%} is_core_action
    {%- elif (wanted | string).startswith("class:") -%} event_class = {{ sql_text(wanted[6:]) }}
    {%- else -%} event_name = {{ sql_text(wanted) }}
    {%- endif -%}
{%- endmacro %}

{# Rows 0 to n - 1 for a VALUES list. #}
{% macro number_rows(n) -%}
    {%- for i in range([n | int, 1] | max) -%} ({{ i }}){{ ", " if not loop.last }} {%- endfor -%}
{%- endmacro %}

{# BOOLEAN: an event of this class is the use of a feature, not the way to it. #}
{% macro is_feature(event_class) -%}
    {{ event_class }} not in ('signup', 'login', 'identify', 'browse')
{%- endmacro %}

{# The components of the health score, in the order of their columns; weights and limits: health_components. #}
{% macro health_component_names() -%}
    {{ return(["usage_trend", "breadth", "depth", "sentiment", "support", "payment"]) }}
{%- endmacro %}

{# DECIMAL(18,4): the number under a key of a JSON object, NULL when there is none. #}
{% macro json_number(json, key) -%}
    try_cast(json_extract_string({{ json }}, '$.' || {{ key }}) as decimal(18, 4))
{%- endmacro %}

{# The funnels of var funnels, {name: [step, ...]}; a step is what event_is takes, each once in a funnel. #}
{% macro funnels() -%}
    {%- for name, steps in var("funnels").items() -%}
        {%- if steps is string or steps is not iterable or steps | length < 2
            or steps | unique | list | length != steps | length -%}
            {{ exceptions.raise_compiler_error(
                "var funnels: " ~ name ~ " is " ~ steps ~ ": it must be a list of two or more different steps"
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(var("funnels")) }}
{%- endmacro %}

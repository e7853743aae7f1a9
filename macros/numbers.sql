{# Money and ratios. Money is DECIMAL(18,4), never a float; a ratio is a DOUBLE and has no value without a base. #}
{# DECIMAL(18,4) #}
{% macro money(amount) -%} cast({{ amount }} as decimal(18, 4)) {%- endmacro %}

{# Exact product of an amount and a rate or a quantity; room for 24 digits before the point, where the engine's own #}
{# type for the product of two decimals of 18 digits overflows at a million. Wrap it in money(). #}
{% macro times(amount, factor) -%}
    (cast({{ amount }} as decimal(28, 4)) * {{ factor }})
{%- endmacro %}

{# DECIMAL(18,4): quantity x price, exact. A whole quantity, as nearly all are, stays within 18 digits, which engines #}
{# multiply many times faster than 38 and round nothing. #}
{% macro line_amount(quantity, price) -%}
    coalesce(
        case
            when
                {{ quantity }} between -9999 and 9999
                and {{ price }} between -9999999999 and 9999999999
            then
                case
                    when cast({{ quantity }} as decimal(4, 0)) = {{ quantity }}
                    then {{ money("cast(" ~ quantity ~ " as decimal(4, 0)) * cast(" ~ price ~ " as decimal(14, 4))") }}
                end
        end,
        {{ money(times(quantity, price)) }}
    )
{%- endmacro %}

{# DECIMAL(18,4): an amount in another currency; an amount at a rate of 1 is left as it is, for 38 digits cost time. #}
{% macro converted(amount, rate) -%}
    case
        when {{ rate }} = 1 then {{ amount }} else {{ money(times(amount, rate)) }}
    end
{%- endmacro %}

{# DOUBLE: a / b, NULL when b is 0 or NULL. #}
{% macro safe_divide(a, b) -%}
    (cast({{ a }} as double) / nullif(cast({{ b }} as double), 0))
{%- endmacro %}

{# DOUBLE aggregate: the p-quantile (0..1) with linear interpolation between neighbours; NULLs are left out. #}
{% macro percentile_of(value, p) -%}
    quantile_cont(cast({{ value }} as double), {{ p }})
{%- endmacro %}

{# DOUBLE aggregate: the median. #}
{% macro median_of(value) -%} {{ percentile_of(value, 0.5) }} {%- endmacro %}

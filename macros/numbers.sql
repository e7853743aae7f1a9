{# Money and ratios. Money is DECIMAL(18,4), never a float; a ratio is a DOUBLE and has no value without a base. #}
{# DECIMAL(18,4) #}
{% macro money(amount) -%} cast({{ amount }} as decimal(18, 4)) {%- endmacro %}

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

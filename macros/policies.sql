{# The policy switches: the choices that make the numbers of two tools differ. Each is a var of the same name. #}
{# One line each: name | default | allowed values | what it decides. "integer" allows every whole number from 0. #}
{# metric_policies publishes this list; policy() checks every value against it. #}
{% macro policy_switches() -%}
    {{
        [
            "order_revenue_basis | net_product | net_product, gross, total | What an order is worth: net_product = subtotal - discounts - refunds - gift cards sold, without tax and shipping; gross = subtotal - gift cards sold, before the order's discount and refunds (line discounts are already out); total = what was paid with tax, shipping and gift cards sold, less what was paid back. The margin is always on net_product.",
            "exclude_fully_refunded_orders | true | true, false | Orders whose refunds reach subtotal - discount do not count as orders.",
            "merchandise_only | false | false, true | Lines of products that are not is_merchandise (postage, fees) are no revenue on any basis, and orders without any other line do not count.",
            "guest_policy | resolve_by_email | resolve_by_email, anonymous | Guest orders with an e-mail become customers, or all guests stay out of retention.",
            "cohort_anchor | first_order | first_order, signup | The day that puts a customer into a cohort.",
            "retention_clock | calendar | calendar, elapsed | Periods are calendar days, weeks and months, or multiples of 24 hours, 7 days and 30 days since the first order.",
            "rfm_method | min_rank | min_rank, ntile, fixed_thresholds | How recency, frequency and monetary value become scores of 1 to 5.",
            "collapse_same_day_orders | false | false, true | Several orders of a customer on one day count as one purchase in gaps and ladders.",
            "left_censored_first_month | true | true, false | Customers whose first order lies in the first month of history are flagged as possibly older.",
            "min_cell_size | 5 | integer | Cells with a smaller denominator are flagged is_low_n.",
        ]
        | join("\n")
    }}
{%- endmacro %}

{# The checked value of one switch as plain text: use it inside quotes or compare it in an if. #}
{% macro policy(name) -%}
    {%- set found = [] -%}
    {%- for line in policy_switches().strip().splitlines() -%}
        {%- set cells = line.split(" | ") -%}
        {%- if cells[0] | trim == name -%} {%- do found.append(cells) -%} {%- endif -%}
    {%- endfor -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error("policy('" ~ name ~ "') names no policy switch") }}
    {%- endif -%}
    {%- set value = var(name, none) -%}
    {%- set value = (found[0][1] if value is none else value) | string | trim | lower -%}
    {%- set allowed = (found[0][2] | trim).split(", ") -%}
    {%- if value not in allowed and not (allowed == ["integer"] and value.isdigit()) -%}
        {{ exceptions.raise_compiler_error(
            "var " ~ name ~ " is '" ~ value ~ "': it must be one of " ~ allowed | join(", ")
        ) }}
    {%- endif -%}
    {{ value }}
{%- endmacro %}

{# The policy switches: the choices that make the numbers of two tools differ. Each is a var of the same name. #}
{# One line each: name | default | allowed values | what it decides. "integer" allows every whole number from 0, #}
{# "date" every day as YYYY-MM-DD. #}
{# metric_policies publishes this list; policy() checks every value against it. Vendors: policy_sets.sql. #}
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
            "mrr_discount_policy | all | all, forever_only, none | Which discounts lower MRR: all recurring ones (repeating and forever; once never does), only those that last forever, or none.",
            "churn_recognition | ended_at | ended_at, cancel_requested_at, period_end | When a subscription stops counting: when it ended, when the customer asked to cancel, or at the end of the billing period in which a voluntary end fell.",
            "past_due_policy | keep | keep, drop, keep_n_days | Unpaid subscriptions keep their MRR until they end, lose it at once, or lose it past_due_keep_days after payment failed.",
            "past_due_keep_days | 14 | integer | Days that an unpaid subscription keeps its MRR under past_due_policy keep_n_days.",
            "pause_policy | contraction | contraction, churn, keep | A paused subscription has no MRR but is still a subscriber, is churned until it resumes, or keeps its MRR.",
            "free_plan_policy | contraction | contraction, churn | A subscriber who moves to a free plan (status free, or a price of 0) has no MRR but is still a subscriber, or is churned.",
            "reactivation_window_days | ever | ever, integer | A customer who comes back more than so many days after the churn is new again; ever = always a reactivation.",
            "intra_month_policy | net | net, gross | The MRR waterfall compares month ends, or adds up every movement inside the month.",
            "movement_collapse_minutes | 60 | integer | Changes of a customer that follow each other within so many minutes are one movement; 0 = none are merged.",
            "include_metered | false | false, true | Items billed by use count with unit_amount * quantity, or carry no MRR.",
            "refund_affects_mrr | false | false, true | A refund of an invoice lowers the MRR of its subscription by the refunded share until the end of the billed period.",
            "fx_policy | constant | constant, spot, native_only | MRR in the reporting currency is at the rate of fx_constant_date, at the rate of each month end (with its own fx movement), or not given.",
            "fx_constant_date | first | first, date | Day of the constant rates; first = the first known rate of each currency, so that history is never restated.",
            "quick_ratio_policy | with_reactivation | with_reactivation, without_reactivation | What the quick ratio counts as gained: new, reactivation and expansion, or new and expansion only.",
            "gmail_canonical | false | false, true | Gmail addresses are hashed for ad platforms as written, or without dots and what follows a plus.",
            "churn_denominator | opening | opening, opening_plus_new, average | Customers that churned customers are divided by: those at the start, those plus the new ones, or the mean of start and end.",
            "anonymous_activity | exclude | exclude, include | Visitors that nobody identified are left out of the marts of users (engagement, lifecycle, activation, event cohorts), or count as one user for each anonymous id; visitors always has them.",
        ]
        | join("\n")
    }}
{%- endmacro %}

{# Was the var given with this command (--vars, or the overrides of a unit test), not in dbt_project.yml? Prints #}
{# "true" or nothing. #}
{% macro is_given(name) -%}
    {%- set given = invocation_args_dict.vars -%}
    {%- set given = fromjson(given) if given is string else given -%}
    {%- if given and name in given -%} true
    {%- elif model is defined and model.overrides and name in (model.overrides.vars or {}) -%}
        true
    {%- endif -%}
{%- endmacro %}

{# The cells of a switch in policy_switches(): [name, default, allowed, description]; an unknown name is an error. #}
{% macro policy_switch(name) -%}
    {%- set found = ("\n" ~ policy_switches().strip()).split("\n" ~ name ~ " | ") -%}
    {%- if found | length != 2 -%}
        {{ exceptions.raise_compiler_error("policy('" ~ name ~ "') names no policy switch") }}
    {%- endif -%}
    {{ return([name] + found[1].splitlines()[0].split(" | ")) }}
{%- endmacro %}

{# The checked value of one switch as plain text: use it inside quotes or compare it in an if. #}
{# policies "build" = of this build: a var given with the command, else the policy set, else the project's value, #}
{# else the default. policies "own" = of the same command without a policy set. #}
{% macro policy(name, policies="build") -%}
    {%- set cells = policy_switch(name) -%}
    {%- set ruled = policy_set_value(name) -%}
    {%- set value = ruled if ruled and policies == "build" and not is_given(name) else var(name, none) -%}
    {%- set value = (cells[1] if value is none else value) | string | trim | lower -%}
    {%- set allowed = (cells[2] | trim).split(", ") -%}
    {%- set digits = value.split("-") | map("length") | join("-") == "4-2-2" and value.replace("-", "").isdigit() -%}
    {%- if (value not in allowed or value in ("integer", "date"))
        and not ("integer" in allowed and value.isdigit())
        and not ("date" in allowed and digits) -%}
        {{ exceptions.raise_compiler_error(
            "var " ~ name ~ " is '" ~ value ~ "': it must be one of " ~ allowed | join(", ")
        ) }}
    {%- endif -%}
    {{ value }}
{%- endmacro %}

{# Where the value of a switch comes from: var (given with the command), policy_set:<name>, project or default. #}
{% macro policy_source(name) -%}
    {%- if is_given(name) -%} var
    {%- elif policy_set_value(name) -%} policy_set:{{ policy_set() }}
    {%- elif policy(name) == policy_switch(name)[1] -%} default
    {%- else -%} project
    {%- endif -%}
{%- endmacro %}

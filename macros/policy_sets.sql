{# Parity: the documented rules of other tools as values of the policy switches. `pipeline build --as stripe` and #}
{# `--vars '{policy_set: stripe}'` mean the same. One line each: set | switch | value | the vendor's rule | where it #}
{# says so. A switch that a vendor does not document is not set: it keeps the project's own value. docs/parity.md #}
{# explains every line, and what cannot be reproduced. #}
{% macro policy_sets() -%}
    {{
        [
            "baremetrics | mrr_discount_policy | all | A coupon is taken off MRR. | help.baremetrics.com/en/articles/5380330-monthly-recurring-revenue",
            "baremetrics | past_due_policy | keep_n_days | Who is delinquent for more than 30 days has churned. | help.baremetrics.com/en/articles/5380330-monthly-recurring-revenue",
            "baremetrics | past_due_keep_days | 30 | Who is delinquent for more than 30 days has churned. | help.baremetrics.com/en/articles/5380330-monthly-recurring-revenue",
            "baremetrics | free_plan_policy | churn | A downgrade to a free plan is a cancellation. | help.baremetrics.com/en/articles/5380343-cancellations-and-downgrades",
            "baremetrics | reactivation_window_days | ever | Who subscribes again after a cancellation is a reactivation. | help.baremetrics.com/ja/articles/5380323",
            "baremetrics | intra_month_policy | gross | Who signs up and cancels within the window counts as churn. | changelog.baremetrics.com (Churn Update)",
            "baremetrics | quick_ratio_policy | without_reactivation | Quick ratio = (new + expansion) / (contraction + churned). | changelog.baremetrics.com (New Quick Ratio Metric)",
            "baremetrics | churn_denominator | opening | User churn = cancelled in 30 days / active 30 days ago. | help.baremetrics.com/en/articles/5380347-user-and-revenue-churn",
            "chartmogul | mrr_discount_policy | all | A discount added is contraction, a discount that expires is expansion. | help.chartmogul.com/hc/en-us/articles/203299912",
            "chartmogul | churn_recognition | ended_at | Churn is when the subscription ends in the billing system (the default of three options). | help.chartmogul.com/hc/en-us/articles/15384089786524",
            "chartmogul | past_due_policy | keep | Past due subscriptions keep their MRR until they are cancelled (the default). | help.chartmogul.com/article/303-handling-past-due-subscriptions",
            "chartmogul | pause_policy | keep | A paused subscription is shown as past due and goes on having MRR (Stripe, GoCardless, Chargebee). | help.chartmogul.com/hc/en-us/articles/360015688860",
            "chartmogul | free_plan_policy | contraction | A paying customer who moves to a free plan stays active (the default). | help.chartmogul.com/hc/en-us/articles/15384089786524",
            "chartmogul | reactivation_window_days | ever | A customer who had churned and pays again is a reactivation. | help.chartmogul.com/hc/en-us/articles/203299912",
            "chartmogul | intra_month_policy | gross | Every change of a subscription is a movement. | help.chartmogul.com/hc/en-us/articles/4416682609426",
            "chartmogul | movement_collapse_minutes | 60 | Smart Activity Classification groups what happens within 60 minutes (the default). | chartmogul.com/blog/smart-grouping",
            "chartmogul | refund_affects_mrr | false | Refunds do not count in MRR or churn. | dev.chartmogul.com/docs/adding-refunds-using-the-import-api",
            "chartmogul | fx_policy | spot | Exchange rates make no movement; they have a row of their own, Exchange Rate Impact. | help.chartmogul.com/hc/en-us/articles/201520952",
            "chartmogul | quick_ratio_policy | with_reactivation | Gains are new business, expansion and reactivation. | help.chartmogul.com/hc/en-us/articles/203299912",
            "chartmogul | churn_denominator | opening | Customer churn = churned in the period / customers at its start. | help.chartmogul.com/hc/en-us/articles/203359321",
            "profitwell | mrr_discount_policy | all | Discounts are always subtracted. | paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-chargify",
            "profitwell | churn_recognition | period_end | A cancelled customer keeps the MRR to the end of the billing cycle. | paddle.com/help/profitwell-metrics/measure/subscription-retention/churn",
            "profitwell | past_due_policy | keep | Past due customers are active until the dunning ends without a payment; then they churned delinquently. | paddle.com/help/profitwell-metrics",
            "profitwell | pause_policy | contraction | A subscription on hold is a downgrade to 0 MRR. | paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-recurly",
            "profitwell | reactivation_window_days | ever | Who comes back after any time is a reactivation. | paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-chargebee",
            "profitwell | intra_month_policy | net | Who signs up and churns in one calendar month is ignored. | paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-chargify",
            "profitwell | include_metered | true | Recurring metered billing is part of MRR. | paddle.com/help/profitwell-metrics/measure/compare/profitwell-vs-chargify",
            "profitwell | refund_affects_mrr | false | Refunds are ignored. | learn.profitwell.com/article/ecb3zzxewx-refunds",
            "stripe | mrr_discount_policy | forever_only | Only coupons with the duration forever lower MRR. | support.stripe.com/questions/billing-analytics",
            "stripe | churn_recognition | cancel_requested_at | With cancel_at_period_end MRR ends at the time of the call, not at the end of the period. | support.stripe.com/questions/impact-of-subscription-cancellations-on-monthly-recurring-revenue-mrr-in-billing",
            "stripe | past_due_policy | keep | MRR is that of active and past_due subscriptions; unpaid ones have churned. | docs.stripe.com/billing/subscriptions/analytics/glossary",
            "stripe | pause_policy | keep | Pausing the collection of payments leaves the subscription active, and active ones have MRR. | support.stripe.com/questions/how-to-pause-or-cancel-subscriptions",
            "stripe | free_plan_policy | churn | A subscriber whose MRR falls to zero has churned. | support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing",
            "stripe | reactivation_window_days | ever | Who had ended every subscription and starts again is reactivated. | support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing",
            "stripe | intra_month_policy | gross | Who is new and churns within the window is in both numbers. | support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing",
            "stripe | include_metered | false | Metered products are excluded. | docs.stripe.com/billing/subscriptions/analytics/glossary",
            "stripe | refund_affects_mrr | false | MRR sums the amounts of subscriptions, not invoices. | support.stripe.com/questions/billing-analytics",
            "stripe | fx_policy | spot | MRR growth is adjusted for foreign currency impact. | docs.stripe.com/billing/subscriptions/analytics/glossary",
            "stripe | quick_ratio_policy | with_reactivation | MRR growth adds new, reactivation and expansion MRR. | docs.stripe.com/billing/subscriptions/analytics/glossary",
            "stripe | churn_denominator | opening_plus_new | Subscriber churn = churned in 30 days / (active 30 days ago + new). | support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing",
        ]
        | join("\n")
    }}
{%- endmacro %}

{# The policy set of this build, or nothing. An unknown one is an error that lists those there are. #}
{% macro policy_set() -%}
    {%- set chosen = (var("policy_set", none) or "") | string | trim | lower -%}
    {%- if chosen -%}
        {%- set known = [] -%}
        {%- for line in policy_sets().strip().splitlines() if line.split(" | ")[0] not in known -%}
            {%- do known.append(line.split(" | ")[0]) -%}
        {%- endfor -%}
        {%- if chosen not in known -%}
            {{ exceptions.raise_compiler_error(
                "policy set '" ~ chosen ~ "' is unknown: it must be one of " ~ known | join(", ")
            ) }}
        {%- endif -%}
    {%- endif -%}
    {{ chosen }}
{%- endmacro %}

{# The line of the policy set about a switch: [set, switch, value, rule, source]; empty when it says nothing. #}
{% macro policy_set_rule(name) -%}
    {%- set found = [] -%}
    {%- set chosen = policy_set() -%}
    {%- if chosen -%}
        {%- for line in policy_sets().strip().splitlines() if line.startswith(chosen ~ " | " ~ name ~ " | ") -%}
            {%- do found.append(line.split(" | ")) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found[0] if found else []) }}
{%- endmacro %}

{# The value that the policy set gives a switch, or nothing. #}
{% macro policy_set_value(name) -%}
    {{ (policy_set_rule(name) or ["", "", ""])[2] }}
{%- endmacro %}

{# BOOLEAN: true while a policy set is active. The second chain of MRR models reads nothing without one. #}
{% macro policies_are_compared() -%}
    {{ "true" if policy_set() else "false" }}
{%- endmacro %}

{# Text for people: each switch the policy set decides, with its value and that of the project. One line each. #}
{% macro policy_set_summary() -%}
    {%- set lines = [] -%}
    {%- for line in policy_switches().strip().splitlines() -%}
        {%- set name = line.split(" | ")[0] -%}
        {%- if policy_set_rule(name) -%}
            {%- set own = policy(name, "own") -%}
            {%- set changed = "" if own == policy(name) else ", without the set " ~ own -%}
            {%- set given = " (given with the command; the set says " ~ policy_set_value(name) ~ ")" if is_given(name) else "" -%}
            {%- do lines.append(name ~ ": " ~ policy(name) ~ changed ~ given) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ lines | join("\n") }}
{%- endmacro %}

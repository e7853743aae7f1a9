{# What metric_policy_diff is made of: the same movements under two sets of policies, as one long list of numbers. #}
{# What can be added up over customers: metric | scope | rate | sum over customers. scope mrr = native and reporting #}
{# view, native = native view only, reporting = reporting view only, customers = all currencies together. rate = what #}
{# the reporting view multiplies with: that of the month, of its opening, the change, or none. #}
{% macro policy_measures() -%}
    {{
        [
            "opening_mrr | mrr | opening | opening_mrr",
            "new_mrr | mrr | closing | new_mrr",
            "reactivation_mrr | mrr | closing | reactivation_mrr",
            "expansion_mrr | mrr | closing | expansion_mrr",
            "contraction_mrr | mrr | closing | contraction_mrr",
            "churned_mrr | mrr | closing | churned_mrr",
            "voluntary_churned_mrr | mrr | closing | churned_mrr - involuntary_churned_mrr",
            "involuntary_churned_mrr | mrr | closing | involuntary_churned_mrr",
            "fx_mrr | reporting | change | opening_mrr",
            "closing_mrr | mrr | closing | closing_mrr",
            "retained_mrr | mrr | opening | opening_mrr - net_lost_mrr",
            "remaining_mrr | mrr | opening | opening_mrr + net_expansion_mrr - net_lost_mrr",
            "net_lost_mrr_incl_reactivation | mrr | opening | net_lost_mrr - net_expansion_mrr - net_reactivation_mrr",
            "gained_mrr | mrr | closing | gained_mrr",
            "lost_mrr | mrr | closing | contraction_mrr + churned_mrr",
            "opening_paying_customers | mrr | none | paying_customers - paying_change",
            "paying_customers | native | none | paying_customers",
            "opening_customers | customers | none | opening_customers",
            "new_customers | customers | none | new_customers",
            "reactivated_customers | customers | none | reactivated_customers",
            "churned_customers | customers | none | churned_customers",
            "churned_customers_involuntary | customers | none | churned_customers_involuntary",
            "closing_customers | customers | none | closing_customers",
            "churn_denominator | customers | none | churn_denominator",
            "opening_plus_new_customers | customers | none | opening_customers + new_customers",
        ]
        | join("\n")
    }}
{%- endmacro %}

{# Rows of a values list: ratio, numerator, denominator, the count of customers that says whether it is worth #}
{# anything, and whether it has no value while the month goes on (ARPA is a state, not a rate). #}
{% macro policy_ratios() -%}
    ('nrr', 'remaining_mrr', 'opening_mrr', 'opening_paying_customers', true),
    ('grr', 'retained_mrr', 'opening_mrr', 'opening_paying_customers', true),
    (
        'net_mrr_churn_rate_incl_reactivation',
        'net_lost_mrr_incl_reactivation',
        'opening_mrr',
        'opening_paying_customers',
        true
    ),
    ('quick_ratio', 'gained_mrr', 'lost_mrr', 'opening_paying_customers', true),
    ('arpa', 'closing_mrr', 'paying_customers', 'paying_customers', false),
    (
        'customer_churn_rate',
        'churned_customers',
        'churn_denominator',
        'churn_denominator',
        true
    ),
    (
        'churn_rate_stripe',
        'churned_customers',
        'opening_plus_new_customers',
        'opening_plus_new_customers',
        true
    )
{%- endmacro %}

{# The columns of int_policy_moves that are added up. #}
{% macro policy_flows() -%}
    {{
        return(
            [
                "new_mrr",
                "reactivation_mrr",
                "expansion_mrr",
                "contraction_mrr",
                "churned_mrr",
                "involuntary_churned_mrr",
                "gained_mrr",
                "net_expansion_mrr",
                "net_lost_mrr",
                "net_reactivation_mrr",
                "mrr_change",
                "paying_change",
                "new_customers",
                "reactivated_customers",
                "churned_customers",
                "churned_customers_involuntary",
                "customers_change",
            ]
        )
    }}
{%- endmacro %}

{# BOOLEAN: churned customers are divided by something else, so that even who moves alike makes a difference. #}
{% macro churn_bases_differ() -%}
    {{ "false" if churn_base("own") == churn_base() else "true" }}
{%- endmacro %}

{# A query: what a customer did in each month in which something changed, under one set of policies. #}
{% macro policy_moves_query(states, movements, logo_moves, policies="build") -%}
    with
        states as (select * from {{ states }} where {{ policies_are_compared() }}),

        movements as (
            select * from {{ movements }} where {{ policies_are_compared() }}
        ),

        logos as (select * from {{ logo_moves }} where {{ policies_are_compared() }}),

        bucketed as (
            select customer_id, currency, month, {{ mrr_bucket_sums() }}
            from
                {{ "movements" if policy("intra_month_policy", policies) == "gross" else "states" }}
            group by customer_id, currency, month
        ),

        filled as (
            select
                states.*,
                coalesce(bucketed.new_mrr, 0) as new_mrr,
                coalesce(bucketed.reactivation_mrr, 0) as reactivation_mrr,
                coalesce(bucketed.expansion_mrr, 0) as expansion_mrr,
                coalesce(bucketed.contraction_mrr, 0) as contraction_mrr,
                coalesce(bucketed.churned_mrr, 0) as churned_mrr,
                coalesce(bucketed.involuntary_churned_mrr, 0) as involuntary_churned_mrr
            from states
            left join
                bucketed
                on states.customer_id = bucketed.customer_id
                and states.currency = bucketed.currency
                and states.month = bucketed.month
        )

    select
        '{{ policies }}' as policies,
        'mrr' as scope,
        customer_id,
        currency,
        month,
        movement_type,
        new_mrr,
        reactivation_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        involuntary_churned_mrr,
        {{ quick_ratio_gain(policies) }} as gained_mrr,
        case
            when movement_type = 'expansion' then movement_amount else 0
        end as net_expansion_mrr,
        case
            when movement_type in ('contraction', 'churn') then - movement_amount else 0
        end as net_lost_mrr,
        case
            when movement_type = 'reactivation' then movement_amount else 0
        end as net_reactivation_mrr,
        mrr - prior_mrr as mrr_change,
        case when mrr > 0 then 1 else 0 end
        - case when prior_mrr > 0 then 1 else 0 end as paying_change,
        0 as new_customers,
        0 as reactivated_customers,
        0 as churned_customers,
        0 as churned_customers_involuntary,
        0 as customers_change
    from filled
    union all
    select
        '{{ policies }}',
        'customers',
        customer_id,
        'all',
        month,
        nullif(move, 'none'),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        case when move = 'new' then 1 else 0 end,
        case when move = 'reactivated' then 1 else 0 end,
        case when move = 'churned' then 1 else 0 end,
        case when move = 'churned' and end_type = 'involuntary' then 1 else 0 end,
        case move when 'none' then 0 when 'churned' then -1 else 1 end
    from logos
{%- endmacro %}

{# A query: every measure of every month under both sets of policies, in total or (by = "customer_id,") of each #}
{# customer: metric, month, view, currency, amount. #}
{% macro policy_amounts_query(moves, months, rates, by="") -%}
    {%- set measures = policy_measures().strip().splitlines() -%}
    with
        moved as (
            select
                policies,
                scope,
                {{ by }}
                currency,
                month
                {%- for flow in policy_flows() %}
                    , sum({{ flow }}) as {{ flow }}
                {% endfor %}
            from {{ moves }}
            group by policies, scope, {{ by }} currency, month
        ),

        begun as (
            select scope, {{ by }} currency, min(month) as began
            from moved
            group by scope, {{ by }} currency
        ),

        spine as (
            select sides.policies, begun.*, months.month, months.is_complete
            from begun
            inner join {{ months }} as months on months.month >= begun.began
            cross join (values ('build'), ('own')) as sides(policies)
        ),

        rolled as (
            select
                spine.policies,
                spine.scope,
                {{ ("spine." ~ by) if by }}
                spine.currency,
                spine.month,
                spine.is_complete,
                {% for flow in policy_flows() -%}
                    coalesce({{ flow }}, 0) as {{ flow }},
                {% endfor -%}
                sum(coalesce(mrr_change, 0)) over history as closing_mrr,
                sum(coalesce(paying_change, 0)) over history as paying_customers,
                sum(coalesce(customers_change, 0)) over history as closing_customers
            from spine
            left join
                moved on spine.policies = moved.policies and spine.scope = moved.scope
                {% if by %} and spine.customer_id = moved.customer_id {% endif %}
                and spine.currency = moved.currency
                and spine.month = moved.month
            window
                history as (
                    partition by
                        spine.policies,
                        spine.scope,
                        {{ ("spine." ~ by) if by }}
                        spine.currency
                    order by spine.month
                    rows between unbounded preceding and current row
                )
        ),

        opened as (
            select
                *,
                closing_mrr - mrr_change as opening_mrr,
                closing_customers - customers_change as opening_customers
            from rolled
        ),

        based as (
            select
                *,
                case
                    policies
                    when 'own'
                    then {{ churn_base("own") }}
                    else {{ churn_base() }}
                end as churn_denominator
            from opened
        ),

        valued as (
            select
                based.policies,
                {{ ("based." ~ by) if by }}
                based.currency,
                based.month,
                based.is_complete,
                metrics.metric,
                metrics.metric_scope,
                metrics.rate_kind,
                cast(
                    case
                        metrics.metric
                        {% for line in measures %}
                            {% set cells = line.split(" | ") %}
                            when '{{ cells[0] }}'
                            then {{ cells[3] }}
                        {% endfor %}
                    end as decimal(28, 4)
                ) as amount
            from based
            inner join
                (
                    values
                        {% for line in measures %}
                            {% set cells = line.split(" | ") %}
                            ('{{ cells[0] }}', '{{ cells[1] }}', '{{ cells[2] }}')
                            {{- "," if not loop.last }}
                        {% endfor %}
                ) as metrics(metric, metric_scope, rate_kind)
                on (based.scope = 'customers') = (metrics.metric_scope = 'customers')
        )

    select
        policies,
        metric,
        {{ by }}
        month,
        case when metric_scope = 'customers' then 'customers' else 'native' end as view,
        currency,
        amount,
        is_complete
    from valued
    where metric_scope <> 'reporting'
    union all
    select
        valued.policies,
        valued.metric,
        {{ ("valued." ~ by) if by }}
        valued.month,
        'reporting',
        rates.reporting_currency,
        sum(
            valued.amount * case
                valued.rate_kind
                when 'opening'
                then rates.opening_rate
                when 'change'
                then rates.rate - rates.opening_rate
                when 'none'
                then 1
                else rates.rate
            end
        ),
        valued.is_complete
    from valued
    inner join
        {{ rates }} as rates
        on valued.policies = rates.policies
        and valued.month = rates.month
        and valued.currency = rates.currency
    where
        valued.metric_scope in ('mrr', 'reporting')
        and rates.reporting_currency is not null
    group by
        valued.policies,
        valued.metric,
        {{ ("valued." ~ by) if by }}
        valued.month,
        rates.reporting_currency,
        valued.is_complete
    having count(*) = count(rates.rate)
{%- endmacro %}

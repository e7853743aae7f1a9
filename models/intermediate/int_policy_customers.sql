-- One row is one customer who makes a difference: a measure of one month, view and
-- currency that is not the same under the two sets of policies.
with
    moves as (select * from {{ ref("int_policy_moves") }}),

    rates as (select * from {{ ref("int_policy_rates") }}),

    totals as (
        select metric, month, view, currency
        from {{ ref("int_policy_totals") }}
        group by metric, month, view, currency
        having count(*) = 2
    ),

    -- what is the same under both sets has a twin
    alone as (
        select customer_id, scope
        from moves
        group by
            customer_id,
            scope,
            currency,
            month,
            {% for flow in policy_flows() -%}
                {{ flow }}{{ "," if not loop.last }}
            {% endfor %}
        having count(*) = 1
    ),

    restated as (
        select currency
        from rates
        group by currency, month, rate, opening_rate
        having count(*) = 1
    ),

    differing_moves as (
        select moves.*
        from moves
        left join
            (select distinct customer_id, scope from alone) as customers
            on moves.customer_id = customers.customer_id
            and moves.scope = customers.scope
        left join
            (select distinct currency from restated) as currencies
            on moves.currency = currencies.currency
        where
            customers.customer_id is not null
            or currencies.currency is not null
            or (moves.scope = 'customers' and {{ churn_bases_differ() }})
    ),

    amounts as (
        {{ policy_amounts_query(
            "differing_moves", ref("int_policy_months"), "rates", "customer_id,"
        ) }}
    ),

    compared as (
        select
            metric,
            month,
            view,
            currency,
            customer_id,
            sum(case when policies = 'own' then amount else 0 end) as own_amount,
            sum(case when policies = 'build' then amount else 0 end) as build_amount
        from amounts
        group by metric, month, view, currency, customer_id
    ),

    final as (
        select
            cast(metric as varchar) as metric,
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            cast(customer_id as varchar) as customer_id,
            {{ money("own_amount") }} as own_amount,
            {{ money("build_amount") }} as build_amount
        from compared
        inner join totals using (metric, month, view, currency)
        where {{ money("own_amount") }} <> {{ money("build_amount") }}
    )

select *
from final

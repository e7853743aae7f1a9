-- Why does another tool say something else? A metric of a month under the project's own
-- policies and under a policy set, the difference, and how many customers make it.
with
    metrics as (select * from {{ ref("int_policy_metrics") }}),

    customers as (select * from {{ ref("int_policy_customers") }}),

    -- customers of a sum; of a ratio those who change its numerator or denominator
    causing as (
        select
            metrics.metric,
            metrics.month,
            metrics.view,
            metrics.currency,
            count(distinct customers.customer_id) as customers_causing
        from metrics
        inner join
            customers
            on metrics.month = customers.month
            and metrics.view = customers.view
            and metrics.currency = customers.currency
            and customers.metric
            in (metrics.metric, metrics.numerator_metric, metrics.denominator_metric)
        group by metrics.metric, metrics.month, metrics.view, metrics.currency
    ),

    final as (
        select
            cast(metrics.metric as varchar) as metric,
            cast(metrics.month as date) as month,
            cast(metrics.view as varchar) as view,
            cast(metrics.currency as varchar) as currency,
            cast('{{ policy_set() }}' as varchar) as policy_set,
            cast(metrics.own_value as decimal(28, 10)) as own_value,
            cast(metrics.value as decimal(28, 10)) as value,
            cast(metrics.value - metrics.own_value as decimal(28, 10)) as delta,
            cast(coalesce(causing.customers_causing, 0) as bigint) as customers_causing,
            cast(metrics.numerator_metric as varchar) as numerator_metric,
            cast(metrics.denominator_metric as varchar) as denominator_metric,
            {{ money("metrics.own_numerator") }} as own_numerator,
            {{ money("metrics.own_denominator") }} as own_denominator,
            {{ money("metrics.numerator") }} as numerator,
            {{ money("metrics.denominator") }} as denominator,
            cast(metrics.is_complete as boolean) as is_complete,
            cast(
                metrics.base_customers < {{ policy("min_cell_size") }} as boolean
            ) as is_low_n
        from metrics
        left join
            causing
            on metrics.metric = causing.metric
            and metrics.month = causing.month
            and metrics.view = causing.view
            and metrics.currency = causing.currency
    )

select *
from final

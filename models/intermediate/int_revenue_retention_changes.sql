-- One month in which the comparison with k months before changes: by group of
-- customers.
with
    pairs as (select * from {{ ref("int_revenue_retention_pairs") }}),

    states as (select * from {{ ref("int_mrr_customer_month") }}),

    customers as (select * from {{ ref("int_customers") }}),

    edges as (
        select
            customer_id,
            currency,
            plan_id,
            window_months,
            case side when 1 then month else until_month end as month,
            side as opening_customers,
            case when base_mrr > 0 then side else 0 end as base_customers,
            case
                when base_mrr > 0 and is_sub then side else 0
            end as retained_customers,
            side * base_mrr as opening,
            side * greatest(mrr - base_mrr, 0) as expansion,
            case
                when is_sub then side * greatest(base_mrr - mrr, 0) else 0
            end as contraction,
            case when is_sub then 0 else side * base_mrr end as churned,
            0 as reactivation
        from pairs
        cross join (values (1), (-1)) as sides(side)
        where side = 1 or until_month is not null
        union all
        -- in no base; whoever is there for the first time begins the history of the
        -- group
        select
            customer_id,
            currency,
            plan_id,
            1,
            month,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            case when movement_type = 'reactivation' then mrr else 0 end
        from states
        where movement_type in ('new', 'reactivation') or not ever_sub_before
    ),

    final as (
        select
            cast(edges.month as date) as month,
            cast(window_months as integer) as window_months,
            cast(edges.currency as varchar) as currency,
            cast(
                coalesce(acquisition_channel, 'unknown') as varchar
            ) as acquisition_channel,
            cast(coalesce(country, 'unknown') as varchar) as country,
            cast(coalesce(plan_id, 'unknown') as varchar) as plan_id,
            cast(sum(opening_customers) as bigint) as opening_customers_change,
            cast(sum(base_customers) as bigint) as base_customers_change,
            cast(sum(retained_customers) as bigint) as retained_customers_change,
            {{ money("sum(opening)") }} as opening_mrr_change,
            {{ money("sum(expansion)") }} as expansion_mrr_change,
            {{ money("sum(contraction)") }} as contraction_mrr_change,
            {{ money("sum(churned)") }} as churned_mrr_change,
            {{ money("sum(reactivation)") }} as reactivation_mrr
        from edges
        left join customers on edges.customer_id = customers.customer_id
        group by
            edges.month,
            window_months,
            edges.currency,
            coalesce(acquisition_channel, 'unknown'),
            coalesce(country, 'unknown'),
            coalesce(plan_id, 'unknown')
    )

select *
from final

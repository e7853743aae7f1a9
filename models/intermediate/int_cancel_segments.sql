-- Customers who left in a month, by reason and group: once for each reason, once for
-- all.
with
    reasons as (select * from {{ ref("int_cancel_reasons") }}),

    customers as (select * from {{ ref("int_customers") }}),

    segment_types as (
        select segment_type
        from
            (values ('all'), ('acquisition_channel'), ('country'), ('plan')) as list(
                segment_type
            )
    ),

    totals as (select is_total from (values (true), (false)) as list(is_total)),

    segmented as (
        select
            reasons.month,
            reasons.currency,
            case when is_total then 'all' else end_type end as end_type,
            case when is_total then 'all' else reason end as reason,
            segment_type,
            case
                segment_type
                when 'acquisition_channel'
                then coalesce(acquisition_channel, 'unknown')
                when 'country'
                then coalesce(country, 'unknown')
                when 'plan'
                then plan_id
                else 'all'
            end as segment,
            churned_mrr,
            tenure_months
        from reasons
        left join customers on reasons.customer_id = customers.customer_id
        cross join segment_types
        cross join totals
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(end_type as varchar) as end_type,
            cast(reason as varchar) as reason,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(count(*) as bigint) as churned_customers,
            {{ money("sum(churned_mrr)") }} as churned_mrr,
            cast(sum(tenure_months) as bigint) as tenure_months_sum
        from segmented
        group by month, currency, end_type, reason, segment_type, segment
    )

select *
from final

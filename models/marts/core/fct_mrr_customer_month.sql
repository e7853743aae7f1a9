-- One row is one customer, currency and month from the first paid month to as_of: MRR
-- at
-- the month's end, and what became of it since the month before.
with
    changes as (select * from {{ ref("int_mrr_customer_month") }}),

    months as (select * from {{ ref("int_mrr_months") }}),

    rates as (select * from {{ ref("int_mrr_rates") }}),

    -- a state holds until the next month in which something changes
    carried as (
        select
            changes.*,
            months.month as closing_month,
            months.is_complete,
            months.month = changes.month as is_change
        from changes
        inner join
            months
            on months.month >= changes.month
            and months.month < coalesce(changes.next_month, {{ far_date() }})
    ),

    compared as (
        select
            customer_id,
            currency,
            closing_month as month,
            mrr,
            is_sub,
            case when is_change then prior_mrr else mrr end as prior_mrr,
            case when is_change then prior_is_sub else is_sub end as prior_is_sub,
            ever_sub_before or (is_sub and not is_change) as ever_sub_before,
            case when is_change then movement_type end as movement_type,
            case when is_change then movement_amount else 0 end as movement_amount,
            case when is_change then movement_reason end as movement_reason,
            case when is_change then end_type end as end_type,
            plan_id,
            is_complete
        from carried
    ),

    final as (
        select
            cast(compared.customer_id as varchar) as customer_id,
            cast(compared.currency as varchar) as currency,
            cast(compared.month as date) as month,
            {{ money("compared.mrr") }} as mrr,
            cast(compared.is_sub as boolean) as is_sub,
            {{ money("compared.prior_mrr") }} as prior_mrr,
            cast(compared.prior_is_sub as boolean) as prior_is_sub,
            cast(compared.ever_sub_before as boolean) as ever_sub_before,
            cast(compared.movement_type as varchar) as movement_type,
            {{ money("compared.movement_amount") }} as movement_amount,
            cast(compared.movement_reason as varchar) as movement_reason,
            cast(compared.end_type as varchar) as end_type,
            cast(compared.plan_id as varchar) as plan_id,
            cast(rates.reporting_currency as varchar) as reporting_currency,
            {{ money(times("compared.mrr", "rates.rate")) }} as mrr_reporting,
            {{ money(times("compared.prior_mrr", "coalesce(rates.prior_rate, rates.rate)")) }}
            as prior_mrr_reporting,
            {{ money(times(
                "compared.prior_mrr", "(rates.rate - coalesce(rates.prior_rate, rates.rate))"
            )) }}
            as mrr_fx,
            cast(compared.is_complete as boolean) as is_complete
        from compared
        left join
            rates on compared.month = rates.month and compared.currency = rates.currency
    )

select *
from final

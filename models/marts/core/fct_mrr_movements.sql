-- One row is one movement of a customer's MRR in a currency at the instant it happened;
-- changes that follow each other within movement_collapse_minutes are one movement.
with
    movements as (select * from {{ ref("int_mrr_movements") }}),

    rates as (select * from {{ ref("int_mrr_rates") }}),

    final as (
        select
            cast(movements.customer_id as varchar) as customer_id,
            cast(movements.currency as varchar) as currency,
            cast(movements.occurred_at as timestamp) as occurred_at,
            cast(
                row_number() over (
                    partition by movements.customer_id, movements.currency
                    order by movements.occurred_at
                ) as bigint
            ) as seq,
            cast(movements.occurred_at_local as date) as occurred_date,
            cast(movements.month as date) as month,
            cast(movements.movement_type as varchar) as movement_type,
            {{ money("movements.movement_amount") }} as movement_amount,
            cast(movements.movement_reason as varchar) as movement_reason,
            cast(movements.end_type as varchar) as end_type,
            {{ money("movements.prior_mrr") }} as prior_mrr,
            {{ money("movements.mrr") }} as mrr,
            cast(movements.is_sub as boolean) as is_sub,
            cast(rates.reporting_currency as varchar) as reporting_currency,
            {{ money(times("movements.movement_amount", "rates.rate")) }}
            as movement_amount_reporting
        from movements
        left join
            rates
            on movements.month = rates.month
            and movements.currency = rates.currency
    )

select *
from final

-- Months and currencies whose movements do not lead from the opening to the closing
-- MRR,
-- with the customer who moved most in them: there is where to look.
with
    waterfall as (
        select
            *,
            opening_mrr
            + new_mrr
            + reactivation_mrr
            + expansion_mrr
            - contraction_mrr
            - churned_mrr
            + fx_mrr
            - closing_mrr as difference,
            least(
                new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr
            ) as smallest_bucket
        from {{ ref("mrr_waterfall") }}
    ),

    movers as (
        select month, currency, customer_id, movement_type, movement_amount
        from {{ ref("int_mrr_customer_month") }}
        qualify
            row_number() over (
                partition by month, currency
                order by abs(movement_amount) desc, customer_id
            )
            = 1
    ),

    wrong as (
        select *
        from waterfall
        where
            abs(difference) > case when view = 'native' then 0 else 0.005 end
            or smallest_bucket < 0
            or (view = 'native' and fx_mrr <> 0)
    )
select
    wrong.month,
    wrong.view,
    wrong.currency,
    wrong.difference,
    wrong.smallest_bucket,
    wrong.fx_mrr,
    movers.customer_id as largest_mover,
    movers.currency as mover_currency,
    movers.movement_type,
    movers.movement_amount
from wrong
left join
    movers
    on wrong.month = movers.month
    and (wrong.view = 'reporting' or wrong.currency = movers.currency)

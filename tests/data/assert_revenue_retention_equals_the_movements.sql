-- The parts of window 1m are the movements of the customers, to the last cent.
with
    movements as (
        select
            month,
            currency,
            sum(prior_mrr) as opening_mrr,
            sum(
                case when movement_type = 'expansion' then movement_amount else 0 end
            ) as expansion_mrr,
            sum(
                case
                    when movement_type = 'contraction' then - movement_amount else 0
                end
            ) as contraction_mrr,
            sum(
                case when movement_type = 'churn' then - movement_amount else 0 end
            ) as churned_mrr,
            sum(
                case when movement_type = 'reactivation' then movement_amount else 0 end
            ) as reactivation_mrr,
            sum(
                case when movement_type is not null then 1 else 0 end
            ) as moved_customers,
            min(
                case when movement_type is not null then customer_id end
            ) as first_mover,
            max(case when movement_type is not null then customer_id end) as last_mover
        from {{ ref("fct_mrr_customer_month") }}
        group by month, currency
    ),

    shown as (
        select *
        from {{ ref("revenue_retention") }}
        where view = 'native' and retention_window = '1m' and segment_type = 'all'
    )

select
    month,
    currency,
    movements.moved_customers,
    movements.first_mover,
    movements.last_mover,
    movements.opening_mrr - shown.opening_mrr as opening_off,
    movements.expansion_mrr - shown.expansion_mrr as expansion_off,
    movements.contraction_mrr - shown.contraction_mrr as contraction_off,
    movements.churned_mrr - shown.churned_mrr as churned_off,
    movements.reactivation_mrr - shown.reactivation_mrr as reactivation_off
from movements
full join shown using (month, currency)
where
    movements.opening_mrr is distinct from shown.opening_mrr
    or movements.expansion_mrr is distinct from shown.expansion_mrr
    or movements.contraction_mrr is distinct from shown.contraction_mrr
    or movements.churned_mrr is distinct from shown.churned_mrr
    or movements.reactivation_mrr is distinct from shown.reactivation_mrr

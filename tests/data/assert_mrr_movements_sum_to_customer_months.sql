-- Customers whose movements to the end of a month do not add up to their MRR at that
-- end.
with
    ledger as (
        select customer_id, currency, month, sum(movement_amount) as moved
        from {{ ref("fct_mrr_movements") }}
        group by customer_id, currency, month
    ),

    compared as (
        select
            months.customer_id,
            months.currency,
            months.month,
            months.movement_amount,
            coalesce(ledger.moved, 0) as ledger_amount
        from {{ ref("fct_mrr_customer_month") }} as months
        left join
            ledger
            on months.customer_id = ledger.customer_id
            and months.currency = ledger.currency
            and months.month = ledger.month
    )
select *
from compared
where movement_amount <> ledger_amount
union all
select ledger.customer_id, ledger.currency, ledger.month, null, ledger.moved
from ledger
left join
    {{ ref("fct_mrr_customer_month") }} as months
    on ledger.customer_id = months.customer_id
    and ledger.currency = months.currency
    and ledger.month = months.month
where months.customer_id is null

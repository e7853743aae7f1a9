-- The MRR at risk of a customer is not more than what the customer pays at as_of.
with
    payers as (
        select customer_id, currency, sum(mrr) as mrr
        from {{ ref("int_mrr_intervals") }}
        where valid_to is null
        group by customer_id, currency
    ),

    cards as (select * from {{ ref("expiring_cards") }})

select
    cards.payment_method_id,
    cards.customer_id,
    cards.currency,
    cards.mrr_at_risk,
    payers.mrr
from cards
left join
    payers
    on cards.customer_id = payers.customer_id
    and cards.currency = payers.currency
where payers.mrr is null or cards.mrr_at_risk > payers.mrr + 0.0001

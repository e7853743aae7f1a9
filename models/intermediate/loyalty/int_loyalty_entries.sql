-- One row is one entry of the loyalty ledger before as_of, of its canonical customer.
with
    entries as (
        select *
        from {{ ref("stg_loyalty_ledger") }}
        where occurred_at_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    final as (
        select
            cast(entries.ledger_id as varchar) as ledger_id,
            cast(customers.customer_id as varchar) as customer_id,
            cast(entries.occurred_at as timestamp) as occurred_at,
            cast(entries.occurred_date as date) as occurred_date,
            {{ period_start("month", "entries.occurred_date") }} as month,
            cast(entries.entry_type as varchar) as entry_type,
            cast(coalesce(entries.points, 0) as decimal(18, 4)) as points,
            cast(entries.order_id as varchar) as order_id,
            {{ money("entries.monetary_value") }} as monetary_value
        from entries
        inner join resolution on entries.customer_id = resolution.source_customer_id
        inner join customers on resolution.customer_id = customers.customer_id
    )

select *
from final

-- One row is one total of the subscription states that came in: counted, or why not.
with
    staged as (select * from {{ ref("stg_subscriptions") }}),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    intervals as (select * from {{ ref("int_subscription_intervals") }}),

    sorted as (
        select
            staged.valid_from_local >= {{ as_of() }} as is_later,
            coalesce(customers.is_test or customers.is_internal, false) as is_internal
        from staged
        left join resolution on staged.customer_id = resolution.source_customer_id
        left join customers on resolution.customer_id = customers.customer_id
    ),

    measures as (
        select 'staged_subscription_states' as measure, count(*) as amount
        from sorted
        union all
        select 'later_subscription_states' as measure, count(*) as amount
        from sorted
        where is_later
        union all
        select 'internal_subscription_states' as measure, count(*) as amount
        from sorted
        where is_internal and not is_later
        union all
        select 'counted_subscription_states' as measure, count(*) as amount
        from intervals
    ),

    final as (
        select cast(measure as varchar) as measure, {{ money("amount") }} as amount
        from measures
    )

select *
from final

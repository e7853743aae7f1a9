-- One row is one customer on trial at as_of whose end is planned: the first end.
with
    subscriptions as (
        select *
        from {{ ref("stg_subscriptions") }}
        where
            status = 'trialing'
            and valid_from_local < {{ as_of() }}
            and valid_to_local >= {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    final as (
        select
            cast(resolution.customer_id as varchar) as customer_id,
            cast(min(subscriptions.valid_to_local) as date) as trial_ends_date
        from subscriptions
        inner join
            resolution on subscriptions.customer_id = resolution.source_customer_id
        group by resolution.customer_id
    )

select *
from final

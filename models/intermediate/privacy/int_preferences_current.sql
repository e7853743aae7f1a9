-- One row is one customer and one thing they told of themselves: the last value before
-- as_of.
with
    resolution as (
        select source_customer_id, customer_id
        from {{ ref("int_customer_resolution") }}
        where resolution_rule <> 'erased'
    ),

    told as (
        select resolution.customer_id, told.* exclude (customer_id)
        from {{ ref("stg_preferences") }} as told
        inner join resolution on told.customer_id = resolution.source_customer_id
        where told.collected_at_local < {{ as_of() }}
    ),

    newest as (
        select *, count(*) over (partition by customer_id, preference_key) as times_told
        from told
        qualify
            row_number() over (
                partition by customer_id, preference_key
                order by collected_at desc, preference_value, source nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(preference_key as varchar) as preference_key,
            cast(preference_value as varchar) as preference_value,
            cast(collected_at as timestamp) as collected_at,
            cast(collected_date as date) as collected_date,
            cast(source as varchar) as source,
            cast(times_told as bigint) as times_told
        from newest
    )

select *
from final

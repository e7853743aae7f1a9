-- One row is one customer who told something of themselves, all of it as one JSON text.
with
    preferences as (select * from {{ ref("int_preferences_current") }}),

    written as (
        select
            customer_id,
            preference_key,
            {{ json_text("preference_key") }}
            || ': '
            || {{ json_text("preference_value") }} as pair
        from preferences
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(
                '{' || string_agg(pair, ', ' order by preference_key) || '}' as varchar
            ) as preferences,
            cast(count(*) as bigint) as preferences_told
        from written
        group by customer_id
    )

select *
from final

-- One row is one customer number of the file, known from any line: a canonical
-- customer.
{{ config(enabled=(var("adapters", none) or {}).get("customers") == "online_retail") }}
with
    lines as (select * from {{ ref("online_retail__lines") }}),

    ranked as (
        select
            customer_id,
            country,
            min(invoiced_at) over (partition by customer_id) as first_seen_at,
            row_number() over (
                partition by customer_id
                order by invoiced_at desc nulls last, line_id desc nulls last
            ) as newest,
        from lines
        where customer_id is not null
    ),

    customers as (select * from ranked where newest = 1),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(first_seen_at as timestamp) as created_at,
            cast(null as varchar) as email,
            cast(null as varchar) as phone,
            cast(null as varchar) as full_name,
            cast(country as varchar) as country,
            cast(null as varchar) as city,
            cast(null as varchar) as language,
            cast(null as varchar) as account_id,
            cast(null as varchar) as acquisition_channel,
            cast(null as varchar) as acquisition_source,
            cast(null as varchar) as acquisition_medium,
            cast(null as varchar) as acquisition_campaign,
            cast(false as boolean) as is_test,
            cast(false as boolean) as is_internal,
            cast(null as varchar) as merged_into_customer_id,
            cast(null as timestamp) as erased_at,
            cast(null as varchar) as attributes,
            cast(null as timestamp) as _loaded_at,
        from customers
    )

select *
from final

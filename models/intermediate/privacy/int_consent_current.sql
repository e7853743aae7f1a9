-- One row is one customer and one purpose: what they decided last before as_of.
with
    resolution as (
        select source_customer_id, customer_id
        from {{ ref("int_customer_resolution") }}
        where resolution_rule <> 'erased'
    ),

    decisions as (
        select resolution.customer_id, decisions.* exclude (customer_id)
        from {{ ref("stg_consent") }} as decisions
        inner join resolution on decisions.customer_id = resolution.source_customer_id
        where decisions.occurred_at_local < {{ as_of() }}
    ),

    -- of two accounts that decided at one instant the withdrawal holds
    newest as (
        select *, count(*) over (partition by customer_id, purpose) as decisions
        from decisions
        qualify
            row_number() over (
                partition by customer_id, purpose
                order by
                    occurred_at desc,
                    status desc,
                    legal_basis nulls last,
                    source nulls last
            )
            = 1
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(purpose as varchar) as purpose,
            cast(status as varchar) as status,
            cast(occurred_at as timestamp) as decided_at,
            cast(occurred_date as date) as decided_date,
            cast(legal_basis as varchar) as legal_basis,
            cast(source as varchar) as source,
            cast(decisions as bigint) as decisions
        from newest
    )

select *
from final

-- One row is one customer id that a source knows: an account, an id that only orders,
-- subscriptions or other signals know, or the hashed e-mail of guests. Who they really
-- are: int_customer_resolution.
with
    accounts as (
        select * from {{ ref("stg_customers") }} where created_at_local < {{ as_of() }}
    ),

    -- erasure holds for accounts after as_of too; one by request follows all links
    erasures as (select * from {{ ref("int_erased_customers") }}),

    identities as (
        select *
        from {{ ref("stg_customer_identities") }}
        where identity_type = 'email_hash'
    ),

    order_customers as (select * from {{ ref("int_order_customers") }}),

    signal_customers as (select * from {{ ref("int_signal_customers") }}),

    -- the e-mail of an erased person must not come back as the id of a guest
    erased_emails as (
        select email_hash
        from erasures
        where not is_requested and email_hash is not null
        union
        select identities.identity_hash
        from identities
        inner join erasures on identities.customer_id = erasures.source_customer_id
        where not erasures.is_requested
    ),

    combined as (
        select
            coalesce(
                accounts.customer_id,
                order_customers.source_customer_id,
                signal_customers.source_customer_id
            ) as source_customer_id,
            case
                when accounts.customer_id is not null
                then 'account'
                when order_customers.is_guest_email
                then 'guest_email'
                when order_customers.source_customer_id is not null
                then 'order_only'
                when signal_customers.is_billed
                then 'subscription_only'
                else 'signal_only'
            end as source_kind,
            least(
                accounts.created_at,
                order_customers.first_ordered_at,
                signal_customers.first_known_at
            ) as known_since,
            least(
                accounts.created_at_local,
                order_customers.first_ordered_at_local,
                signal_customers.first_known_at_local
            ) as known_since_local,
            coalesce(
                accounts.created_at,
                least(order_customers.first_ordered_at, signal_customers.first_known_at)
            ) as created_at,
            accounts.merged_into_customer_id,
            case
                when accounts.customer_id is null
                then order_customers.email_hash
                else accounts.email_hash
            end as email_hash,
            accounts.phone_hash
        from accounts
        full join
            order_customers on accounts.customer_id = order_customers.source_customer_id
        full join
            signal_customers
            on coalesce(accounts.customer_id, order_customers.source_customer_id)
            = signal_customers.source_customer_id
    ),

    final as (
        select
            cast(combined.source_customer_id as varchar) as source_customer_id,
            cast(combined.source_kind as varchar) as source_kind,
            cast(combined.created_at as timestamp) as created_at,
            cast(combined.known_since as timestamp) as known_since,
            cast(combined.known_since_local as date) as known_since_date,
            cast(
                combined.merged_into_customer_id as varchar
            ) as merged_into_customer_id,
            cast(coalesce(not erasures.is_requested, false) as boolean) as is_erased,
            cast(coalesce(erasures.is_requested, false) as boolean) as is_requested,
            cast(
                case
                    when coalesce(erasures.is_requested, true) then combined.email_hash
                end as varchar
            ) as email_hash,
            cast(
                case
                    when coalesce(erasures.is_requested, true) then combined.phone_hash
                end as varchar
            ) as phone_hash
        from combined
        left join erasures on combined.source_customer_id = erasures.source_customer_id
        left join erased_emails on combined.email_hash = erased_emails.email_hash
        where combined.source_kind <> 'guest_email' or erased_emails.email_hash is null
    )

select *
from final

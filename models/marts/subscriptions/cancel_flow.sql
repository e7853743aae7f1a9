-- One visit to the cancellation flow: reason, offer, outcome, and whether it lasted.
with
    sessions as (select * from {{ ref("int_cancel_sessions") }}),

    final as (
        select
            session_id,
            customer_id,
            subscription_id,
            plan_id,
            started_at,
            started_date,
            completed_at,
            reason_code,
            offer_type,
            outcome,
            mrr_at_start,
            mrr_saved,
            is_mature_90d,
            is_subscribed_90d_after,
            is_durably_saved_90d,
            mrr_90d_after,
            durable_mrr_saved_90d,
            currency
        from sessions
    )

select *
from final

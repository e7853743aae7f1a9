-- One row is one account and day at whose start it is judged: seats, champion, health.
with
    accounts as (select * from {{ ref("int_account_health") }}),

    final as (
        select
            account_id,
            snapshot_date as date,
            is_current,
            name,
            seats_purchased,
            members,
            active_users,
            seats_used_share,
            core_actions,
            top_user_core_actions,
            top_user_share,
            is_single_champion,
            champion_user_id,
            champion_inactive_days,
            renewal_date,
            {{ days_between("snapshot_date", "renewal_date") }} as days_to_renewal,
            usage_trend_score,
            breadth_score,
            depth_score,
            sentiment_score,
            support_score,
            payment_score,
            coverage,
            health_score,
            health_band
        from accounts
    )

select *
from final

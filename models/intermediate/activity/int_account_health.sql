-- One row is one account and snapshot: seats, champion and health.
with
    champions as (select * from {{ ref("int_account_champions") }}),

    accounts as (select * from {{ ref("int_accounts") }}),

    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    scores as (
        select * from {{ ref("int_health_scores") }} where entity_type = 'account'
    ),

    joined as (
        select
            champions.*,
            snapshots.is_current,
            accounts.name,
            accounts.seats_purchased,
            accounts.renewal_date,
            {{ safe_divide("active_users", "seats_purchased") }} as seats_used_share,
            {{ safe_divide("top_user_core_actions", "core_actions") }}
            as top_user_share,
            {{ days_between("champion_last_date", add_days("champions.snapshot_date", -1)) }}
            as champion_inactive_days
        from champions
        inner join accounts on champions.account_id = accounts.account_id
        inner join snapshots on champions.snapshot_date = snapshots.snapshot_date
    ),

    final as (
        select
            cast(joined.account_id as varchar) as account_id,
            cast(joined.snapshot_date as date) as snapshot_date,
            cast(joined.is_current as boolean) as is_current,
            cast(joined.name as varchar) as name,
            cast(joined.seats_purchased as bigint) as seats_purchased,
            cast(joined.members as bigint) as members,
            cast(joined.members_28_days_before as bigint) as members_28_days_before,
            cast(joined.active_users as bigint) as active_users,
            cast(joined.seats_used_share as double) as seats_used_share,
            cast(joined.core_actions as bigint) as core_actions,
            cast(joined.top_user_core_actions as bigint) as top_user_core_actions,
            cast(joined.top_user_share as double) as top_user_share,
            cast(
                joined.active_users = 1
                or coalesce(
                    joined.top_user_share >= {{ var("champion_share") }}, false
                ) as boolean
            ) as is_single_champion,
            cast(joined.champion_user_id as varchar) as champion_user_id,
            cast(joined.champion_inactive_days as integer) as champion_inactive_days,
            cast(joined.renewal_date as date) as renewal_date,
            {% for component in health_component_names() %}
                cast(scores.{{ component }}_score as double) as {{ component }}_score,
            {% endfor %}
            cast(scores.health_score as double) as health_score,
            cast(coalesce(scores.coverage, 0) as double) as coverage,
            cast(scores.health_band as varchar) as health_band
        from joined
        left join
            scores
            on joined.account_id = scores.entity_id
            and joined.snapshot_date = scores.snapshot_date
    )

select *
from final

-- One row is one snapshot and account: who uses it, and how much of that one user does.
with
    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    accounts as (select * from {{ ref("int_accounts") }}),

    days as (select * from {{ ref("int_account_days") }}),

    members as (select * from {{ ref("int_account_members") }}),

    seats as (
        select
            snapshot_date,
            account_id,
            sum(
                case when coalesce(left_date >= snapshot_date, true) then 1 else 0 end
            ) as members,
            sum(
                case
                    when
                        coalesce(joined_date < from_28, true)
                        and coalesce(left_date >= from_28, true)
                    then 1
                    else 0
                end
            ) as members_28_days_before
        from members
        inner join
            snapshots on coalesce(members.joined_date < snapshots.snapshot_date, true)
        group by snapshot_date, account_id
    ),

    users as (
        select
            snapshot_date,
            account_id,
            user_id,
            sum(case when date >= from_28 then core_actions else 0 end) as core_actions,
            sum(core_actions) as core_actions_84,
            max(date) as last_date,
            max(case when date >= from_28 then 1 else 0 end) as is_active
        from days
        inner join
            snapshots on days.date >= from_84 and days.date < snapshots.snapshot_date
        group by snapshot_date, account_id, user_id
    ),

    -- the champion of 12 weeks: also one who has not come for 28 days
    ranked as (
        select
            *,
            row_number() over (
                partition by snapshot_date, account_id
                order by core_actions_84 desc, last_date desc, user_id
            ) as place
        from users
    ),

    used as (
        select
            snapshot_date,
            account_id,
            sum(is_active) as active_users,
            sum(core_actions) as core_actions,
            max(core_actions) as top_user_core_actions,
            min(case when place = 1 then user_id end) as champion_user_id,
            max(case when place = 1 then last_date end) as champion_last_date
        from ranked
        group by snapshot_date, account_id
    ),

    final as (
        select
            cast(snapshots.snapshot_date as date) as snapshot_date,
            cast(accounts.account_id as varchar) as account_id,
            cast(coalesce(seats.members, 0) as bigint) as members,
            cast(
                coalesce(seats.members_28_days_before, 0) as bigint
            ) as members_28_days_before,
            cast(coalesce(used.active_users, 0) as bigint) as active_users,
            cast(coalesce(used.core_actions, 0) as bigint) as core_actions,
            cast(
                coalesce(used.top_user_core_actions, 0) as bigint
            ) as top_user_core_actions,
            cast(used.champion_user_id as varchar) as champion_user_id,
            cast(used.champion_last_date as date) as champion_last_date
        from accounts
        cross join snapshots
        left join used using (snapshot_date, account_id)
        left join seats using (snapshot_date, account_id)
    )

select *
from final

-- One visit to the cancellation flow: what was at stake, how it ended, and 90 days on.
with
    sessions as (
        select *, coalesce(completed_at, started_at) + interval 90 day as looked_at
        from {{ ref("stg_cancel_flow_sessions") }}
        where started_at_local < {{ as_of() }}
    ),

    resolution as (select * from {{ ref("int_customer_resolution") }}),

    customers as (select * from {{ ref("int_customers") }}),

    mrr_intervals as (
        select
            *,
            coalesce(valid_to, cast('9999-12-31' as timestamp)) as lasts_until,
            min(valid_from) over (partition by subscription_id) as subscribed_at
        from {{ ref("int_mrr_intervals") }}
    ),

    resolved as (
        select
            sessions.*,
            coalesce(
                resolution.customer_id, sessions.customer_id
            ) as canonical_customer_id
        from sessions
        left join resolution on sessions.customer_id = resolution.source_customer_id
    ),

    -- the state just before the session began
    at_stake as (
        select
            session_id,
            max(mrr_intervals.currency) as currency,
            max(mrr_intervals.plan_id) as plan_id,
            sum(mrr_intervals.mrr) as mrr
        from resolved
        inner join
            mrr_intervals
            on resolved.subscription_id = mrr_intervals.subscription_id
            and mrr_intervals.valid_from < started_at
            and lasts_until >= started_at
        group by session_id
    ),

    -- the same subscription, or one that the customer has taken instead since
    later as (
        select
            session_id,
            bool_or(mrr_intervals.is_sub) as is_sub,
            sum(mrr_intervals.mrr) as mrr
        from resolved
        inner join
            mrr_intervals
            on resolved.canonical_customer_id = mrr_intervals.customer_id
            and mrr_intervals.valid_from < looked_at
            and lasts_until >= looked_at
        where
            resolved.subscription_id = mrr_intervals.subscription_id
            or mrr_intervals.subscribed_at >= resolved.started_at
        group by session_id
    ),

    judged as (
        select
            resolved.*,
            at_stake.currency,
            at_stake.plan_id,
            coalesce(at_stake.mrr, 0) as mrr_at_start,
            case
                when completed_at_local >= {{ as_of() }} then 'open' else outcome
            end as outcome_then,
            looked_at <= {{ as_of_utc() }} as is_mature_90d,
            coalesce(later.is_sub, false) as is_sub_later,
            coalesce(later.mrr, 0) as mrr_later
        from resolved
        left join at_stake using (session_id)
        left join later using (session_id)
    ),

    final as (
        select
            cast(session_id as varchar) as session_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(canonical_customer_id as varchar) as customer_id,
            cast(plan_id as varchar) as plan_id,
            cast(started_at as timestamp) as started_at,
            cast(started_at_local as date) as started_date,
            cast(completed_at as timestamp) as completed_at,
            cast(coalesce(reason_code, 'unknown') as varchar) as reason_code,
            cast(coalesce(offer_type, 'none') as varchar) as offer_type,
            cast(outcome_then as varchar) as outcome,
            cast(coalesce(currency, 'unknown') as varchar) as currency,
            {{ money("mrr_at_start") }} as mrr_at_start,
            {{ money("case when outcome_then = 'saved' then mrr_at_start else 0 end") }}
            as mrr_saved,
            cast(is_mature_90d as boolean) as is_mature_90d,
            cast(
                case when is_mature_90d then is_sub_later end as boolean
            ) as is_subscribed_90d_after,
            cast(
                case
                    when is_mature_90d then outcome_then = 'saved' and is_sub_later
                end as boolean
            ) as is_durably_saved_90d,
            {{ money("case when is_mature_90d then mrr_later end") }} as mrr_90d_after,
            {{ money(
                "case when is_mature_90d and outcome_then = 'saved' then least(mrr_at_start, mrr_later)"
                ~ " when is_mature_90d then 0 end"
            ) }}
            as durable_mrr_saved_90d
        from judged
        left join customers on judged.canonical_customer_id = customers.customer_id
        where not coalesce(is_test, false) and not coalesce(is_internal, false)
    )

select *
from final

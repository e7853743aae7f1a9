-- Save rate of the cancellation flow by month: of all sessions, of a reason, of an
-- offer.
with
    sessions as (select * from {{ ref("int_cancel_sessions") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    keyed as (
        select
            sessions.*,
            {{ period_start("month", "started_date") }} as month,
            segment_type,
            case
                segment_type
                when 'reason'
                then reason_code
                when 'offer'
                then offer_type
                else 'all'
            end as segment,
            outcome in ('saved', 'cancelled') as is_decided
        from sessions
        cross join
            (values ('all'), ('reason'), ('offer')) as segment_types(segment_type)
    ),

    counted as (
        select
            month,
            currency,
            segment_type,
            segment,
            count(*) as sessions,
            sum(case when outcome = 'saved' then 1 else 0 end) as saved,
            sum(case when outcome = 'cancelled' then 1 else 0 end) as cancelled,
            sum(case when outcome = 'abandoned' then 1 else 0 end) as abandoned,
            sum(case when outcome = 'open' then 1 else 0 end) as open_sessions,
            sum(case when is_decided and is_mature_90d then 1 else 0 end) as mature,
            sum(case when is_durably_saved_90d then 1 else 0 end) as durably_saved,
            sum(case when is_decided then mrr_at_start else 0 end) as decided_mrr,
            sum(mrr_saved) as mrr_saved,
            sum(durable_mrr_saved_90d) as durable_mrr
        from keyed
        group by month, currency, segment_type, segment
    ),

    segments as (
        select currency, segment_type, segment, min(month) as began
        from counted
        group by currency, segment_type, segment
    ),

    spine as (
        select segments.*, {{ add_periods("month", "began", "period_number") }} as month
        from segments
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    rated as (
        select
            *,
            {{ add_periods("month", "month", 1) }} as next_month,
            {{ safe_divide("saved", "saved + cancelled") }} as rate,
            {{ safe_divide("durably_saved", "mature") }} as durable_rate
        from spine
        left join counted using (month, currency, segment_type, segment)
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(coalesce(sessions, 0) as bigint) as sessions,
            cast(coalesce(saved + cancelled, 0) as bigint) as decided_sessions,
            cast(coalesce(saved, 0) as bigint) as saved_sessions,
            cast(coalesce(cancelled, 0) as bigint) as cancelled_sessions,
            cast(coalesce(abandoned, 0) as bigint) as abandoned_sessions,
            cast(coalesce(open_sessions, 0) as bigint) as open_sessions,
            cast(coalesce(mature, 0) as bigint) as mature_sessions_90d,
            cast(coalesce(durably_saved, 0) as bigint) as durably_saved_sessions_90d,
            {{ money("coalesce(decided_mrr, 0)") }} as decided_mrr,
            {{ money("coalesce(mrr_saved, 0)") }} as mrr_saved,
            {{ money("coalesce(durable_mrr, 0)") }} as durable_mrr_saved_90d,
            case
                when cast(next_month as timestamp) <= {{ as_of() }} then rate
            end as save_rate,
            rate as save_rate_partial,
            case
                when
                    cast(next_month as timestamp) <= {{ as_of() }}
                    and mature = saved + cancelled
                then durable_rate
            end as durable_save_rate_90d,
            durable_rate as durable_save_rate_90d_partial,
            cast(
                cast(next_month as timestamp) <= {{ as_of() }} as boolean
            ) as is_complete,
            cast(
                cast(next_month as timestamp) <= {{ as_of() }}
                and coalesce(mature = saved + cancelled, true) as boolean
            ) as is_complete_90d,
            coalesce(saved + cancelled, 0) < {{ policy("min_cell_size") }} as is_low_n,
            coalesce(mature, 0) < {{ policy("min_cell_size") }} as is_low_n_90d
        from rated
    )

select *
from final

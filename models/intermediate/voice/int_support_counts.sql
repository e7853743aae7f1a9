-- One row is one month of tickets, of all or of one category and outcome.
with
    tickets as (select * from {{ ref("int_tickets") }}),

    complaints as (select * from {{ ref("int_complaint_outcomes") }}),

    keyed as (
        select
            tickets.*,
            complaints.is_buyer_90d,
            complaints.has_repurchased_90d,
            complaints.is_buyer_180d,
            complaints.has_returned,
            case
                when is_buyer_90d and like_customers >= {{ policy("min_cell_size") }}
                then like_repurchase_rate_90d
            end as like_rate,
            case when whole.categories then 'all' else category end as category_group,
            case when whole.outcomes then 'all' else outcome end as outcome_group
        from tickets
        left join complaints on tickets.ticket_id = complaints.ticket_id
        cross join
            (
                values (true, true), (true, false), (false, true), (false, false)
            ) as whole(categories, outcomes)
    ),

    final as (
        select
            cast(month as date) as month,
            cast(category_group as varchar) as category,
            cast(outcome_group as varchar) as outcome,
            cast(count(*) as bigint) as tickets,
            cast(count(*) filter (where is_complaint) as bigint) as complaints,
            cast(
                count(*) filter (where is_complaint and is_mature_24h) as bigint
            ) as mature_complaints_24h,
            cast(
                count(*) filter (where is_complaint and is_acknowledged_24h) as bigint
            ) as acknowledged_24h,
            cast(
                count(*) filter (where is_complaint and is_resolved) as bigint
            ) as resolved_complaints,
            cast(
                count(*) filter (where is_complaint and is_reopened) as bigint
            ) as reopened_complaints,
            {{ median_of("case when is_complaint then first_response_hours end") }}
            as median_first_response_hours,
            {{ median_of("case when is_complaint then resolution_hours end") }}
            as median_resolution_hours,
            cast(
                count(*) filter (
                    where is_complaint and csat_score is not null
                ) as bigint
            ) as csat_responses,
            cast(
                count(*) filter (where is_complaint and csat_score >= 4) as bigint
            ) as csat_satisfied,
            cast(
                count(*) filter (where is_buyer_90d) as bigint
            ) as buyer_complaints_90d,
            cast(
                count(*) filter (where is_buyer_90d and has_repurchased_90d) as bigint
            ) as repurchased_90d,
            cast(count(like_rate) as bigint) as matched_complaints_90d,
            cast(
                count(*) filter (
                    where like_rate is not null and has_repurchased_90d
                ) as bigint
            ) as matched_repurchased_90d,
            cast(
                coalesce(sum(cast(like_rate as decimal(18, 12))), 0) as double
            ) as expected_repurchased_90d,
            cast(
                count(*) filter (where is_buyer_180d) as bigint
            ) as buyer_first_complaints_180d,
            cast(
                count(*) filter (where is_buyer_180d and not has_returned) as bigint
            ) as never_returned
        from keyed
        group by month, category_group, outcome_group
    )

select *
from final

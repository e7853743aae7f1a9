-- One row is one snapshot and customer: what surveys, tickets and bills say about
-- them by
-- then. Customers of whom they say nothing have no row.
with
    snapshots as (select * from {{ ref("int_health_snapshots") }}),

    scores as (
        select
            customer_id,
            score,
            responded_date,
            score - lag(score) over (
                partition by customer_id order by responded_at, response_id
            ) as score_change,
            lead(responded_date) over (
                partition by customer_id order by responded_at, response_id
            ) as next_date
        from {{ ref("int_survey_responses") }}
        where survey_type = 'nps' and is_valid
    ),

    tickets as (select * from {{ ref("int_tickets") }}),

    invoices as (
        select * from {{ ref("int_invoice_payments") }} where outcome <> 'voided'
    ),

    -- the latest answer of half a year; a change is news for 28 days
    surveyed as (
        select
            snapshot_date,
            customer_id,
            score as nps_score,
            case when responded_date >= from_28 then score_change end as nps_change
        from scores
        inner join
            snapshots
            on responded_date < snapshots.snapshot_date
            and coalesce(next_date, {{ far_date() }}) >= snapshots.snapshot_date
            and responded_date >= {{ add_days("snapshots.snapshot_date", -180) }}
    ),

    supported as (
        select
            snapshot_date,
            customer_id,
            sum(case when created_date >= from_28 then 1 else 0 end) as tickets_28,
            sum(
                case
                    when created_date >= from_56 and created_date < from_28
                    then 1
                    else 0
                end
            ) as tickets_prior_28,
            sum(
                case
                    when
                        is_complaint
                        and coalesce(
                            cast({{ to_reporting_time("resolved_at") }} as date)
                            >= snapshot_date,
                            true
                        )
                    then 1
                    else 0
                end
            ) as open_complaints
        from tickets
        inner join snapshots on created_date < snapshots.snapshot_date
        group by snapshot_date, customer_id
    ),

    -- unpaid: a failed attempt of the last 90 days and no payment by then
    billed as (
        select
            snapshot_date,
            customer_id,
            count(*) as invoices,
            sum(
                case
                    when
                        first_failed_date < snapshot_date
                        and first_failed_date >= {{ add_days("snapshot_date", -90) }}
                        and coalesce(recovered_date >= snapshot_date, true)
                    then 1
                    else 0
                end
            ) as unpaid_invoices
        from invoices
        inner join snapshots on invoices.attempt_month < snapshots.snapshot_date
        group by snapshot_date, customer_id
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(customer_id as varchar) as customer_id,
            cast(nps_score as double) as nps_score,
            cast(nps_change as double) as nps_change,
            cast(tickets_28 as bigint) as tickets_28,
            cast(tickets_prior_28 as bigint) as tickets_prior_28,
            cast(open_complaints as bigint) as open_complaints,
            cast(invoices as bigint) as invoices,
            cast(unpaid_invoices as bigint) as unpaid_invoices
        from surveyed
        full join supported using (snapshot_date, customer_id)
        full join billed using (snapshot_date, customer_id)
    )

select *
from final

-- One row is one month and one currency: the change of the MRR that is going to end
-- (its customer asked to cancel, the item still runs).
with
    intervals as (
        select *
        from {{ ref("int_mrr_intervals") }}
        where cancel_requested_at is not null
    ),

    announcements as (
        select
            {{ period_start("month", "greatest(valid_from_local, cancel_requested_at_local)") }}
            as month,
            currency,
            mrr as mrr_change
        from intervals
        where valid_to is null or cancel_requested_at < valid_to
        union all
        select
            {{ period_start("month", "valid_to_local") }} as month,
            currency,
            - mrr as mrr_change
        from intervals
        where cancel_requested_at < valid_to
    ),

    final as (
        select
            cast(month as date) as month,
            cast(currency as varchar) as currency,
            cast(sum(mrr_change) as decimal(38, 10)) as scheduled_change
        from announcements
        group by month, currency
    )

select *
from final

-- One month against the one k months before, in one currency: the MRR of all, of a
-- channel, country or plan then, and what became of it.
with
    changes as (select * from {{ ref("int_revenue_retention_changes") }}),

    months as (select * from {{ ref("int_mrr_months") }}),

    segment_types as (
        select segment_type
        from
            (values ('all'), ('acquisition_channel'), ('country'), ('plan')) as list(
                segment_type
            )
    ),

    windows as (
        select window_months from (values (1), (3), (12)) as list(window_months)
    ),

    segmented as (
        select
            changes.*,
            segment_type,
            case
                segment_type
                when 'acquisition_channel'
                then acquisition_channel
                when 'country'
                then country
                when 'plan'
                then plan_id
                else 'all'
            end as segment
        from changes
        cross join segment_types
    ),

    summed as (
        select
            month,
            window_months,
            currency,
            segment_type,
            segment,
            sum(opening_customers_change) as opening_customers,
            sum(base_customers_change) as base_customers,
            sum(retained_customers_change) as retained_customers,
            sum(opening_mrr_change) as opening,
            sum(expansion_mrr_change) as expansion,
            sum(contraction_mrr_change) as contraction,
            sum(churned_mrr_change) as churned,
            sum(reactivation_mrr) as reactivation
        from segmented
        group by month, window_months, currency, segment_type, segment
    ),

    segments as (
        select currency, segment_type, segment, min(month) as began
        from summed
        group by currency, segment_type, segment
    ),

    -- every month since the segment began
    spine as (
        select months.*, segments.*, windows.window_months
        from segments
        inner join months on months.month >= segments.began
        cross join windows
    ),

    final as (
        select
            cast(spine.month as date) as month,
            cast(spine.window_months as integer) as window_months,
            cast(spine.currency as varchar) as currency,
            cast(spine.segment_type as varchar) as segment_type,
            cast(spine.segment as varchar) as segment,
            cast(
                {{ add_periods("month", "spine.month", "-spine.window_months") }}
                as date
            ) as base_month,
            cast(
                coalesce(sum(opening_customers) over so_far, 0) as bigint
            ) as opening_customers,
            cast(
                coalesce(sum(base_customers) over so_far, 0) as bigint
            ) as base_customers,
            cast(
                coalesce(sum(retained_customers) over so_far, 0) as bigint
            ) as retained_customers,
            {{ money("coalesce(sum(opening) over so_far, 0)") }} as opening_mrr,
            {{ money("coalesce(sum(expansion) over so_far, 0)") }} as expansion_mrr,
            {{ money("coalesce(sum(contraction) over so_far, 0)") }} as contraction_mrr,
            {{ money("coalesce(sum(churned) over so_far, 0)") }} as churned_mrr,
            {{ money("coalesce(reactivation, 0)") }} as reactivation_mrr,
            cast(spine.is_complete as boolean) as is_complete
        from spine
        left join summed using (month, window_months, currency, segment_type, segment)
        window
            so_far as (
                partition by
                    spine.currency,
                    spine.segment_type,
                    spine.segment,
                    spine.window_months
                order by spine.month nulls last
                rows unbounded preceding
            )
    )

select *
from final

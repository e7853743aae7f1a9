-- The channels of a cohort add up to the cohort, and so do its countries, in every
-- period.
with
    cells as (select * from {{ ref("cohort_retention") }} where cohort_grain = 'month'),

    totals as (
        select
            entity,
            cohort_start,
            period_number,
            dimension,
            sum(retained_n_period) as retained_n_period,
            sum(retained_rolling) as retained_rolling,
            sum(eligible_size) as eligible_size
        from cells
        group by entity, cohort_start, period_number, dimension
    ),

    whole as (select * from totals where dimension = 'all'),

    dimensions as (
        select dimension
        from (values ('acquisition_channel'), ('country')) as dimensions(dimension)
    ),

    compared as (
        select
            whole.entity,
            whole.cohort_start,
            whole.period_number,
            dimensions.dimension,
            whole.retained_n_period,
            coalesce(totals.retained_n_period, 0) as sliced_n_period,
            whole.retained_rolling,
            coalesce(totals.retained_rolling, 0) as sliced_rolling,
            whole.eligible_size,
            coalesce(totals.eligible_size, 0) as sliced_eligible_size
        from whole
        cross join dimensions
        left join
            totals
            on whole.entity = totals.entity
            and whole.cohort_start = totals.cohort_start
            and whole.period_number = totals.period_number
            and dimensions.dimension = totals.dimension
    )

select *
from compared
where
    retained_n_period <> sliced_n_period
    or retained_rolling <> sliced_rolling
    or eligible_size <> sliced_eligible_size

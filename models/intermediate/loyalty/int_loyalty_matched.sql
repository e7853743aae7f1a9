-- One row is one month of enrolment and tier: members against non-members of the same
-- RFM cell at the end of that month, by what both bought in the 90 days after it.
with
    bought as (
        select *, cast(revenue_90d as double) as revenue
        from {{ ref("int_loyalty_arms") }}
    ),

    controls as (
        select
            month,
            cell,
            count(*) as controls,
            avg(revenue) as mean,
            coalesce(var_samp(revenue), 0) * (count(*) - 1) as squares
        from bought
        where tier is null
        group by month, cell
    ),

    treated as (
        select
            month,
            scope,
            cell,
            count(*) as members,
            avg(revenue) as mean,
            coalesce(var_samp(revenue), 0) * (count(*) - 1) as squares
        from
            (
                select *, tier as scope
                from bought
                where tier is not null
                union all
                select *, 'all'
                from bought
                where tier is not null
            ) as scoped
        group by month, scope, cell
    ),

    -- variance within cells, pooled over the cells that have both
    summed as (
        select
            treated.month,
            treated.scope,
            sum(members) as members,
            sum(controls) as controls,
            sum(members * treated.mean) as member_revenue,
            sum(members * controls.mean) as expected_revenue,
            sum(treated.squares) / nullif(sum(members - 1), 0) as member_variance,
            sum(controls.squares) / nullif(sum(controls - 1), 0) as control_variance,
            sum(1.0 * members * members / controls) as control_weight
        from treated
        inner join
            controls on treated.month = controls.month and treated.cell = controls.cell
        group by treated.month, treated.scope
    ),

    final as (
        select
            cast(month as date) as month,
            cast(scope as varchar) as tier,
            cast(members as bigint) as members,
            cast(controls as bigint) as controls,
            cast(member_revenue / members as double) as member_mean,
            cast(expected_revenue / members as double) as control_mean,
            cast((member_revenue - expected_revenue) / members as double) as effect,
            cast(
                1.96 * sqrt(
                    member_variance / members
                    + control_variance * control_weight / (members * members)
                ) as double
            ) as margin_95
        from summed
    )

select *
from final

-- One row is one month of enrolment and tier: members against non-members of the same
-- RFM cell at the end of that month, by what both bought in the 90 days after it.
with
    bought as (select *, revenue_90d as revenue from {{ ref("int_loyalty_arms") }}),

    controls as (
        select
            month,
            cell,
            count(*) as controls,
            sum(revenue) as revenue,
            sum({{ times("revenue", "revenue") }}) as squares
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
            sum(revenue) as revenue,
            sum({{ times("revenue", "revenue") }}) as squares
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

    -- squares: about the mean of the cell. All are decimals before they are summed:
    -- sums of doubles depend on the order of the rows
    cells as (
        select
            treated.month,
            treated.scope,
            treated.members,
            controls.controls,
            treated.revenue as member_revenue,
            cast(
                members * cast(controls.revenue as double) / controls as decimal(28, 9)
            ) as expected_revenue,
            {{ squares_about_mean("treated.squares", "treated.revenue", "members") }}
            as member_squares,
            {{ squares_about_mean("controls.squares", "controls.revenue", "controls") }}
            as control_squares,
            cast(
                cast(members as double) * members / controls as decimal(28, 9)
            ) as control_weight
        from treated
        inner join
            controls on treated.month = controls.month and treated.cell = controls.cell
    ),

    -- variance within cells, pooled over the cells that have both
    summed as (
        select
            month,
            scope,
            sum(members) as members,
            sum(controls) as controls,
            cast(sum(member_revenue) as double) as member_revenue,
            cast(sum(expected_revenue) as double) as expected_revenue,
            cast(sum(member_squares) as double)
            / nullif(sum(members - 1), 0) as member_variance,
            cast(sum(control_squares) as double)
            / nullif(sum(controls - 1), 0) as control_variance,
            cast(sum(control_weight) as double) as control_weight
        from cells
        group by month, scope
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

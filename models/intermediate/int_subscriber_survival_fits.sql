-- One row is one group of subscribers that can be fitted: the shifted-beta-geometric
-- model of how long they stay (of those left after i months the share alpha / (alpha +
-- beta + i) leaves in the next), by maximum likelihood.
with recursive
    life_table as (select * from {{ ref("int_subscriber_life_table") }}),

    segments as (
        select * from {{ ref("int_subscriber_segments") }} where refusal is null
    ),

    -- n customers began the month after i months, d of them left in it
    cells as (
        select
            life_table.segment_type,
            life_table.segment,
            cast(life_table.period_number - 1 as double) as i,
            cast(life_table.at_risk_customers as double) as n,
            cast(life_table.churned_customers as double) as d
        from life_table
        inner join segments using (segment_type, segment)
        where life_table.period_number > 0
    ),

    -- the start: alpha + beta = 5, and as many leave as did
    started as (
        select
            *,
            least(
                sum(d) over in_segment / sum(n / (1 + i / 5)) over in_segment,
                cast(0.95 as double)
            ) as first_share
        from cells
        window in_segment as (partition by segment_type, segment)
    ),

    -- each step moves ln(alpha) and ln(beta); every row of a group carries both
    fitting as (
        select
            segment_type,
            segment,
            i,
            n,
            d,
            0 as step,
            5 * first_share as alpha,
            5 * (1 - first_share) as beta,
            cast(1 as double) as change
        from started
        union all
        select
            segment_type,
            segment,
            i,
            n,
            d,
            step + 1 as step,
            alpha * exp(change_a / greatest(1, change / 1.5)) as alpha,
            beta * exp(change_b / greatest(1, change / 1.5)) as beta,
            change
        from ({{ survival_newton_step("fitting", 16) }}) as moved
    ),

    fitted as (
        select
            segment_type,
            segment,
            max(alpha) as alpha,
            max(beta) as beta,
            max(change) as change,
            sum(
                d * ln(alpha / (alpha + beta + i))
                + (n - d) * ln((beta + i) / (alpha + beta + i))
            ) as log_likelihood
        from fitting
        where step = 16
        group by segment_type, segment
    ),

    judged as (
        select
            *,
            coalesce(change < 0.000001 and alpha + beta < 1000, false) as is_converged
        from fitted
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(case when is_converged then round(alpha, 6) end as double) as alpha,
            cast(case when is_converged then round(beta, 6) end as double) as beta,
            cast(
                case when is_converged then round(log_likelihood, 6) end as double
            ) as log_likelihood,
            cast(is_converged as boolean) as is_converged
        from judged
    )

select *
from final

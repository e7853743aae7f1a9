-- One row is one group of subscribers and one month of their lives: who is still there,
-- as observed and as the model expects.
with
    life_table as (select * from {{ ref("int_subscriber_life_table") }}),

    segments as (select * from {{ ref("int_subscriber_segments") }}),

    fits as (
        select * from {{ ref("int_subscriber_survival_fits") }} where is_converged
    ),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    -- the observed months, and those of the horizon where there is a model
    spine as (
        select
            segments.segment_type,
            segments.segment,
            segments.customers,
            numbers.period_number,
            fits.alpha,
            fits.beta
        from segments
        left join fits using (segment_type, segment)
        inner join
            numbers
            on numbers.period_number <= segments.observed_periods
            or (
                fits.alpha is not null
                and numbers.period_number <= {{ var("survival_horizon_months") | int }}
            )
    ),

    shared as (
        select
            spine.*,
            life_table.at_risk_customers as at_risk,
            life_table.churned_customers as churned,
            {{ safe_divide("at_risk_customers - churned_customers", "at_risk_customers") }}
            as kept,
            case
                when spine.period_number = 0 and alpha is not null
                then 1
                else
                    {{ safe_divide(
                        "beta + spine.period_number - 1",
                        "alpha + beta + spine.period_number - 1",
                    ) }}
            end as expected
        from spine
        left join life_table using (segment_type, segment, period_number)
    ),

    -- ln(0) does not exist: where all leave the curve ends; the last decimals of
    -- logarithms are noise
    curves as (
        select
            *,
            case
                when min(kept) over life = 0
                then 0
                else round(exp(sum(ln(nullif(kept, 0))) over life), 12)
            end as survival,
            round(exp(sum(ln(expected)) over life), 12) as expected_survival
        from shared
        window
            life as (
                partition by segment_type, segment
                order by period_number
                rows between unbounded preceding and current row
            )
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(period_number as bigint) as period_number,
            cast(customers as bigint) as customers,
            cast(at_risk as bigint) as at_risk_customers,
            cast(churned as bigint) as churned_customers,
            cast(kept as double) as retention_rate,
            cast(
                case when kept is not null then survival end as double
            ) as survival_rate,
            cast(expected as double) as expected_retention_rate,
            cast(expected_survival as double) as expected_survival_rate,
            cast(
                round(
                    coalesce(
                        sum(expected_survival) over (
                            partition by segment_type, segment
                            order by period_number
                            rows between unbounded preceding and 1 preceding
                        ),
                        case when expected is not null then 0 end
                    ),
                    10
                ) as double
            ) as expected_months,
            cast(kept is not null as boolean) as is_observed,
            coalesce(at_risk, 0) < {{ policy("min_cell_size") }} as is_low_n
        from curves
    )

select *
from final

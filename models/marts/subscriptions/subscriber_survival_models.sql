-- One row is one group of subscribers: the model of how long they stay, what it
-- expects,
-- or why there is none.
with
    segments as (select * from {{ ref("int_subscriber_segments") }}),

    fits as (select * from {{ ref("int_subscriber_survival_fits") }}),

    judged as (
        select
            segments.*,
            coalesce(
                segments.refusal,
                case when fits.is_converged then 'fitted' else 'not_converged' end
            ) as model_status,
            fits.alpha,
            fits.beta,
            fits.log_likelihood,
            {{ safe_divide("segments.churned_customers", "segments.observed_months") }}
            as monthly_churn_rate
        from segments
        left join fits using (segment_type, segment)
    ),

    final as (
        select
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(model_status as varchar) as model_status,
            cast(customers as bigint) as customers,
            cast(churned_customers as bigint) as churned_customers,
            cast(observed_periods as bigint) as observed_periods,
            cast(observed_months as bigint) as observed_months,
            cast(monthly_churn_rate as double) as pooled_monthly_churn_rate,
            cast(alpha as double) as alpha,
            cast(beta as double) as beta,
            {{ safe_divide("alpha", "alpha + beta") }} as first_month_churn_probability,
            case
                when alpha > 1 then {{ safe_divide("alpha + beta - 1", "alpha - 1") }}
            end as expected_lifetime_months,
            cast(log_likelihood as double) as log_likelihood,
            -- the same chance to leave in every month
            case
                when log_likelihood is not null
                then
                    churned_customers * ln(monthly_churn_rate)
                    + (observed_months - churned_customers) * ln(1 - monthly_churn_rate)
            end as constant_churn_log_likelihood,
            cast({{ as_of_utc() }} as timestamp) as model_fitted_at,
            customers < {{ policy("min_cell_size") }} as is_low_n
        from judged
    )

select *
from final

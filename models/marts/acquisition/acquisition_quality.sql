-- One row is one acquisition channel and month: what its new customers cost, how they
-- stay, and when they have paid that back.
with
    costs as (select * from {{ ref("int_acquisition_costs") }}),

    cohorts as (select * from {{ ref("int_acquisition_cohorts") }}),

    currencies as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    joined as (
        select
            costs.*,
            cohorts.* exclude (channel, cohort_month, new_customers),
            {{ safe_divide("cohorts.margin_to_date", "costs.new_customers") }} as ltv,
            year_before.cac as cac_year_before,
            currencies.reporting_currency
        from costs
        cross join currencies
        left join
            cohorts
            on costs.channel = cohorts.channel
            and costs.cohort_month = cohorts.cohort_month
        left join
            costs as year_before
            on costs.channel = year_before.channel
            and year_before.cohort_month
            = {{ add_periods("month", "costs.cohort_month", -12) }}
    ),

    final as (
        select
            channel,
            cohort_month,
            strftime(cohort_month, '%Y-%m') as cohort_label,
            new_customers,
            reporting_currency as currency,
            spend,
            cac,
            {{ safe_divide("cac", "cac_year_before") }} - 1 as cac_growth_rate,
            mature_customers_90d,
            second_orders_90d,
            {{ safe_divide("second_orders_90d", "mature_customers_90d") }} as p2_90d,
            retained_m1,
            retained_m2,
            retained_m3,
            retained_m6,
            retained_m12,
            {{ safe_divide("retained_m1", "new_customers") }} as retention_m1_rate,
            {{ safe_divide("retained_m2", "new_customers") }} as retention_m2_rate,
            {{ safe_divide("retained_m3", "new_customers") }} as retention_m3_rate,
            {{ safe_divide("retained_m6", "new_customers") }} as retention_m6_rate,
            {{ safe_divide("retained_m12", "new_customers") }} as retention_m12_rate,
            {{ money(safe_divide("margin_90d", "new_customers")) }} as ltv_90,
            {{ money(safe_divide("margin_180d", "new_customers")) }} as ltv_180,
            {{ money(safe_divide("margin_365d", "new_customers")) }} as ltv_365,
            margin_to_date,
            {{ money("ltv") }} as ltv_to_date,
            {{ safe_divide("margin_to_date", "spend") }} as ltv_to_cac,
            payback_month,
            cast(payback_month is not null as boolean) as is_paid_back,
            retention_spend,
            all_retention_spend,
            retained_customers,
            retention_cost,
            {{ safe_divide("cac", "retention_cost") }} as cac_vs_retention_cost_ratio,
            cast(
                cast({{ add_periods("month", "cohort_month", 1) }} as timestamp)
                <= {{ as_of() }} as boolean
            ) as is_complete,
            coalesce(is_left_censored, false) as is_left_censored,
            cast(new_customers < {{ policy("min_cell_size") }} as boolean) as is_low_n
        from joined
    )

select *
from final

-- Logo churn: of the customers at the start of a month, how many left in it?
with
    months as (select * from {{ ref("int_logo_months") }}),

    based as (select *, cast({{ churn_base() }} as double) as base from months),

    pooled as (
        select
            *,
            sum(base) over last_year as trailing_base,
            sum(churned_customers) over last_year as trailing_churned,
            count(*) over last_year as trailing_months
        from based
        window
            last_year as (
                partition by segment_type, segment
                order by month nulls last
                rows between 11 preceding and current row
            )
    ),

    rated as (
        select
            *,
            {{ safe_divide("churned_customers", "base") }} as churn_rate,
            {{ safe_divide("churned_customers_voluntary", "base") }} as voluntary_rate,
            {{ safe_divide("churned_customers_involuntary", "base") }}
            as involuntary_rate,
            {{ safe_divide("churned_customers", "opening_customers + new_customers") }}
            as stripe_rate,
            {{ safe_divide("opening_customers - closing_customers", "opening_customers") }}
            as net_loss_rate
        from pooled
    ),

    final as (
        select
            month,
            basis,
            segment_type,
            segment,
            churn_after_days,
            opening_customers,
            new_customers,
            reactivated_customers,
            churned_customers,
            churned_customers_voluntary,
            churned_customers_involuntary,
            cast(
                churned_customers
                - churned_customers_voluntary
                - churned_customers_involuntary as bigint
            ) as churned_customers_other,
            closing_customers,
            base as churn_denominator,
            case when is_complete then churn_rate end as customer_churn_rate,
            case when is_complete then 1 - churn_rate end as customer_retention_rate,
            case when is_complete then voluntary_rate end as voluntary_churn_rate,
            case when is_complete then involuntary_rate end as involuntary_churn_rate,
            case when is_complete then stripe_rate end as churn_rate_stripe,
            case when is_complete then net_loss_rate end as net_customer_loss_rate,
            churn_rate as customer_churn_rate_partial,
            1 - churn_rate as customer_retention_rate_partial,
            voluntary_rate as voluntary_churn_rate_partial,
            involuntary_rate as involuntary_churn_rate_partial,
            stripe_rate as churn_rate_stripe_partial,
            net_loss_rate as net_customer_loss_rate_partial,
            cast(trailing_months as bigint) as trailing_months,
            cast(trailing_churned as bigint) as trailing_churned_customers,
            trailing_base as trailing_churn_denominator,
            case
                when is_complete
                then {{ safe_divide("trailing_base", "trailing_churned") }}
            end as avg_customer_lifetime_months,
            is_complete,
            base < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final

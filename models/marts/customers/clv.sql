-- One row is one customer who ever bought or subscribed: value to date, simple formulas
-- of the value to come, and the statistics for models. No model is fitted here.
with
    customers as (select * from {{ ref("int_customer_clv") }}),

    rates as (select * from {{ ref("int_retention_rates") }}),

    buyer_rates as (select * from rates where basis = 'orders' and window_months = 12),

    subscriber_rates as (
        select * from rates where basis = 'subscriptions' and window_months = 12
    ),

    recent_rates as (
        select * from rates where basis = 'subscriptions' and window_months = 3
    ),

    margins as (select * from {{ ref("int_gross_margin") }}),

    joined as (
        select
            customers.*,
            margins.gross_margin_rate,
            buyer_rates.expected_lifetime_months / 12 as expected_lifetime_years,
            case when customers.is_sub then subscriber_rates.arpa end as arpa,
            subscriber_rates.monthly_churn_rate as churn_rate_12m,
            recent_rates.monthly_churn_rate as churn_rate_3m
        from customers
        cross join margins
        left join buyer_rates on 1 = 1
        left join subscriber_rates on 1 = 1
        left join recent_rates on 1 = 1
    ),

    final as (
        select
            customer_id,
            currency,
            cohort_month,
            strftime(cohort_month, '%Y-%m') as cohort_label,
            orders,
            orders_with_margin,
            historic_clv,
            historic_margin_clv,
            first_order_revenue,
            repeat_order_revenue,
            aov,
            purchase_frequency_per_year,
            customer_lifetime_days,
            expected_lifetime_years,
            gross_margin_rate,
            {{ money(
                "aov * purchase_frequency_per_year * expected_lifetime_years * gross_margin_rate"
            ) }}
            as simple_clv,
            is_sub,
            current_mrr,
            arpa,
            churn_rate_3m as subscription_churn_rate_3m,
            churn_rate_12m as subscription_churn_rate_12m,
            {{ money(safe_divide("arpa * gross_margin_rate", "churn_rate_3m")) }}
            as subscription_ltv_3m,
            {{ money(safe_divide("arpa * gross_margin_rate", "churn_rate_12m")) }}
            as subscription_ltv,
            {{ money(safe_divide(
                "case when is_sub then current_mrr end * gross_margin_rate", "churn_rate_12m"
            )) }}
            as own_subscription_ltv,
            x,
            t_x,
            t,
            repeat_day_value,
            -- a model that is fitted elsewhere will fill these
            cast(null as double) as p_alive,
            cast(null as double) as expected_purchases_12m,
            cast(null as double) as expected_order_value,
            cast(null as decimal(18, 4)) as predicted_clv_12m,
            cast(null as double) as predicted_churn_probability,
            cast(null as timestamp) as model_fitted_at,
            cast('not_fitted' as varchar) as model_status
        from joined
    )

select *
from final

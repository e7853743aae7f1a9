-- One row: the currency that amounts are reported in, and how many the orders have.
with
    orders as (
        select *
        from {{ ref("int_order_amounts") }}
        where status not in ('pending', 'cancelled', 'failed') and not is_test
    ),

    counted as (
        select
            count(distinct currency) as order_currencies,
            min(currency) as first_currency,
            max(currency) as last_currency
        from orders
    ),

    -- without orders the subscriptions decide
    subscriptions as (
        select
            count(distinct currency) as subscription_currencies,
            min(currency) as first_subscription_currency,
            max(currency) as last_subscription_currency
        from {{ ref("stg_subscriptions") }}
        where valid_from_local < {{ as_of() }}
    ),

    final as (
        select
            {% if var("reporting_currency", none) %}
                cast({{ sql_text(var("reporting_currency")) }} as varchar)
            {% else %}
                cast(
                    case
                        when first_currency = last_currency
                        then first_currency
                        when
                            order_currencies = 0
                            and first_subscription_currency = last_subscription_currency
                        then first_subscription_currency
                    end as varchar
                )
            {% endif %} as reporting_currency,
            cast(order_currencies as bigint) as order_currencies,
            cast(first_currency as varchar) as first_currency,
            cast(last_currency as varchar) as last_currency,
            cast(subscription_currencies as bigint) as subscription_currencies
        from counted
        cross join subscriptions
    )

select *
from final

-- One row is one customer: what keeps them, by the first rule of loyalty_type_rules
-- that
-- fits. Ours, no standard.
with
    customers as (
        select customer_id
        from {{ ref("int_customers") }}
        where not is_test and not is_internal
    ),

    habits as (select * from {{ ref("int_customer_loyalty_habits") }}),

    members as (select * from {{ ref("int_loyalty_members") }}),

    surveys as (select * from {{ ref("int_customer_survey") }}),

    referrals as (select * from {{ ref("int_customer_referrals") }}),

    rules as (select * from {{ ref("loyalty_type_rules") }}),

    known as (
        select
            customers.customer_id,
            members.customer_id is not null as is_member,
            coalesce(habits.orders, 0) as orders,
            coalesce(habits.orders_since_enrol, 0) as orders_since_enrol,
            {{ safe_divide("habits.full_price_orders", "habits.orders") }}
            as full_price_share,
            {{ safe_divide("habits.programme_orders", "habits.orders_since_enrol") }}
            as programme_share,
            {{ safe_divide(
                "greatest(habits.top_channel_orders, habits.top_location_orders)", "habits.orders"
            ) }}
            as top_place_share,
            surveys.last_nps_score,
            surveys.last_csat_score,
            coalesce(referrals.sign_ups, 0) as sign_ups
        from customers
        left join habits on customers.customer_id = habits.customer_id
        left join members on customers.customer_id = members.customer_id
        left join surveys on customers.customer_id = surveys.customer_id
        left join referrals on customers.customer_id = referrals.customer_id
    ),

    fitting as (
        select known.*, rules.loyalty_type, rules.precedence
        from known
        cross join rules
        where
            case
                rules.loyalty_type
                when 'truly_loyal'
                then
                    orders >= min_orders
                    and full_price_share >= min_share
                    and (coalesce(last_nps_score >= min_nps, false) or sign_ups >= 1)
                when 'programme_loyal'
                then
                    is_member
                    and orders_since_enrol >= min_orders
                    and programme_share >= min_share
                when 'convenience_loyal'
                then orders >= min_orders and top_place_share >= min_share
                when 'satisfied'
                then
                    orders >= min_orders
                    or coalesce(last_nps_score between min_nps and 8, false)
                    or coalesce(last_csat_score >= min_csat, false)
                else true
            end
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(loyalty_type as varchar) as loyalty_type,
            cast(is_member as boolean) as is_member,
            cast(orders as bigint) as orders,
            cast(full_price_share as double) as full_price_share,
            cast(orders_since_enrol as bigint) as orders_since_enrol,
            cast(programme_share as double) as programme_share,
            cast(top_place_share as double) as top_place_share,
            cast(last_nps_score as integer) as last_nps_score,
            cast(last_csat_score as integer) as last_csat_score,
            cast(sign_ups as bigint) as referred_sign_ups
        from fitting
        qualify
            row_number() over (partition by customer_id order by precedence nulls last)
            = 1
    )

select *
from final

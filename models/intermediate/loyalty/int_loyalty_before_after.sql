-- One row is one month of enrolment and tier: what its members bought in the 90 days
-- before and after they enrolled. Only members who had bought 90 days before already.
with
    members as (select * from {{ ref("int_loyalty_members") }}),

    states as (select * from {{ ref("int_loyalty_states") }} where is_enrol_month),

    buyers as (
        select customer_id, first_order_date from {{ ref("int_customer_orders") }}
    ),

    orders as (
        select customer_id, order_date, net_revenue_reporting
        from {{ ref("int_orders_valid") }}
        where customer_id is not null
    ),

    eligible as (
        select members.customer_id, members.enrolled_date, states.month, states.tier
        from members
        inner join states on members.customer_id = states.customer_id
        inner join buyers on members.customer_id = buyers.customer_id
        where
            buyers.first_order_date <= {{ add_days("members.enrolled_date", -90) }}
            and {{ add_days("members.enrolled_date", 91) }} <= {{ as_of_date() }}
    ),

    -- the day of enrolment, often that of an order, is on neither side
    compared as (
        select
            eligible.customer_id,
            eligible.month,
            eligible.tier,
            coalesce(
                sum(
                    case
                        when orders.order_date < eligible.enrolled_date
                        then net_revenue_reporting
                    end
                ),
                0
            ) as before,
            coalesce(
                sum(
                    case
                        when orders.order_date > eligible.enrolled_date
                        then net_revenue_reporting
                    end
                ),
                0
            ) as after
        from eligible
        left join
            orders
            on eligible.customer_id = orders.customer_id
            and orders.order_date >= {{ add_days("eligible.enrolled_date", -90) }}
            and orders.order_date <= {{ add_days("eligible.enrolled_date", 90) }}
        group by eligible.customer_id, eligible.month, eligible.tier
    ),

    scoped as (
        select *, tier as scope
        from compared
        union all
        select *, 'all'
        from compared
    ),

    summed as (
        select
            month,
            scope,
            count(*) as members,
            sum(before) as before,
            sum(after) as after,
            sum(after - before) as difference,
            sum({{ times("(after - before)", "(after - before)") }}) as squares
        from scoped
        group by month, scope
    ),

    -- sums of decimals are the same in any order of rows, those of doubles are not
    measured as (
        select
            *,
            cast(difference as double) / members as effect,
            cast(
                {{ squares_about_mean("squares", "difference", "members") }} as double
            ) as deviations
        from summed
    ),

    final as (
        select
            cast(month as date) as month,
            cast(scope as varchar) as tier,
            cast(members as bigint) as members,
            {{ money("before") }} as revenue_before,
            {{ money("after") }} as revenue_after,
            cast(effect as double) as effect,
            cast(
                1.96 * sqrt(deviations / nullif(members - 1, 0) / members) as double
            ) as margin_95
        from measured
    )

select *
from final

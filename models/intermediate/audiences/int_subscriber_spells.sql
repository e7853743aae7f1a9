-- One row is one time that a customer subscribed, or was gone after having subscribed;
-- from midnight to midnight, over all currencies.
with
    events as (select * from {{ ref("int_mrr_events") }}),

    changes as (
        select
            customer_id,
            {{ add_days("occurred_at_local", 1) }} as from_date,
            sum(
                case when is_sub then 1 else 0 end
                - case when prior_is_sub then 1 else 0 end
            ) as change
        from events
        where occurred_at_local < {{ as_of() }}
        group by customer_id, {{ add_days("occurred_at_local", 1) }}
    ),

    counted as (
        select
            customer_id,
            least(from_date, {{ as_of_date() }}) as from_date,
            sum(change) over (
                partition by customer_id order by from_date rows unbounded preceding
            ) as subscribed_in,
            -- of a day that is not over at as_of everything before as_of is seen
            least(
                lead(from_date) over (partition by customer_id order by from_date),
                case
                    when
                        lead(from_date) over (
                            partition by customer_id order by from_date
                        )
                        is not null
                    then {{ as_of_date() }}
                end
            ) as until_date
        from changes
    ),

    final as (
        select
            cast(customer_id as varchar) as customer_id,
            cast(from_date as date) as from_date,
            cast(
                case
                    when subscribed_in > 0 then 'subscribers' else 'churned_subscribers'
                end as varchar
            ) as segment,
            cast(until_date as date) as until_date
        from counted
        where from_date < until_date or until_date is null
    )

select *
from final

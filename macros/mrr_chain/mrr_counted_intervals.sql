{# A query: how long each state counts, under churn_recognition and past_due_policy. #}
{% macro mrr_counted_intervals_query(intervals, policies="build") -%}
    {%- set by_period = policy("churn_recognition", policies) == "period_end" %}
    {%- set by_days = policy("past_due_policy", policies) == "keep_n_days" %}
    with
        intervals as (select * from {{ intervals }}),

        -- the neighbours are looked at only where a policy asks for them
        neighbours as (
            select
                *,
                {% if by_period or by_days %}
                    lag(status) over item as prior_status,
                    {{ mrr_is_continued() }} as is_continued,
                {% endif %}
                {% if by_period %}
                    {{ mrr_is_billed_alike() }} as is_billed_alike,
                    {{ next_valid_from() }} as next_valid_from,
                    {{ told_by_ended_row("end_type") }} as told_end_type,
                    {{ told_by_ended_row("cancel_reason") }} as told_cancel_reason
                {% else %}
                    end_type as told_end_type, cancel_reason as told_cancel_reason
                {% endif %}
            from intervals
            {% if by_period or by_days %}
                window item as (partition by subscription_item_id order by valid_from)
            {% endif %}
        ),

        {% if by_period %}
            starts as (
                select distinct customer_id, valid_from as started_at
                from neighbours
                where not is_continued and status <> 'ended'
            ),
        {% endif %}

        recognised as (
            select
                neighbours.*,
                {% if by_period %}
                    {{ mrr_billed_from() }} as billed_from,
                    starts.started_at is not null as is_swapped,
                {% endif %}
                {{ mrr_past_due_since() if by_days else "cast(null as timestamp)" }}
                as past_due_since
            from neighbours
            {% if by_period %}
                left join
                    starts
                    on neighbours.customer_id = starts.customer_id
                    and neighbours.valid_to = starts.started_at
            {% endif %}
        ),

        cut as (
            select
                *,
                {{ mrr_recognised_to(policies) }} as recognised_to,
                {{ mrr_given_up_at(policies) }} as given_up_at
            from recognised
        ),

        ended as (
            select
                *,
                case
                    when
                        {{ to_reporting_time("least(recognised_to, given_up_at)") }}
                        < {{ as_of() }}
                    then least(recognised_to, given_up_at)
                end as counted_to,
                case
                    when given_up_at < coalesce(recognised_to, {{ as_of_utc() }})
                    then 'involuntary'
                    when recognised_to < coalesce(valid_to, {{ as_of_utc() }})
                    then 'voluntary'
                    else told_end_type
                end as counted_end_type
            from cut
        ),

        final as (
            select
                cast(customer_id as varchar) as customer_id,
                cast(currency as varchar) as currency,
                cast(subscription_id as varchar) as subscription_id,
                cast(subscription_item_id as varchar) as subscription_item_id,
                cast(plan_id as varchar) as plan_id,
                cast(product_id as varchar) as product_id,
                cast(status as varchar) as status,
                cast(unit_amount as decimal(18, 4)) as unit_amount,
                cast(quantity as decimal(18, 4)) as quantity,
                cast(interval_unit as varchar) as interval_unit,
                cast(interval_count as integer) as interval_count,
                cast(discount_percent as decimal(9, 4)) as discount_percent,
                cast(discount_amount as decimal(18, 4)) as discount_amount,
                cast(discount_duration as varchar) as discount_duration,
                cast(is_metered as boolean) as is_metered,
                cast(valid_from as timestamp) as valid_from,
                cast(counted_to as timestamp) as valid_to,
                cast(cancel_requested_at as timestamp) as cancel_requested_at,
                cast(counted_end_type as varchar) as end_type,
                cast(told_cancel_reason as varchar) as cancel_reason
            from ended
            where
                (counted_to is null or counted_to > valid_from)
                {% if by_period %} and status <> 'ended' {% endif %}
        )

    select *
    from final
{%- endmacro %}

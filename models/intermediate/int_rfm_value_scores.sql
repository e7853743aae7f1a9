-- One row per snapshot month, metric (r, f, m) and score: the values that get it.
with
    buyers as (
        select snapshot_month, last_order_date, frequency, monetary
        from {{ ref("int_customer_rfm_values") }}
        where last_order_date is not null
    ),

    snapshots as (
        select snapshot_month, snapshot_date from {{ ref("int_rfm_snapshots") }}
    ),

    thresholds as (select * from {{ ref("rfm_thresholds") }}),

    last_days as (
        select snapshot_month, last_order_date, count(*) as customers
        from buyers
        group by snapshot_month, last_order_date
    ),

    recencies as (
        select
            last_days.snapshot_month,
            {{ days_between("last_order_date", "snapshot_date") }} as recency_days,
            customers,
        from last_days
        inner join snapshots on last_days.snapshot_month = snapshots.snapshot_month
    ),

    histogram as (
        -- worth grows with how good the value is: few days are worth more than many
        select
            snapshot_month,
            'r' as metric,
            cast(recency_days as decimal(18, 4)) as value,
            cast(- recency_days as decimal(18, 4)) as worth,
            customers,
        from recencies
        union all
        select
            snapshot_month,
            'f' as metric,
            cast(frequency as decimal(18, 4)) as value,
            cast(frequency as decimal(18, 4)) as worth,
            count(*) as customers,
        from buyers
        group by snapshot_month, frequency
        union all
        select
            snapshot_month,
            'm' as metric,
            monetary as value,
            monetary as worth,
            count(*) as customers,
        from buyers
        group by snapshot_month, monetary
    ),

    ranked as (
        select
            *,
            sum(customers) over (
                partition by snapshot_month, metric
                order by worth nulls first
                rows unbounded preceding
            )
            - customers as worse_customers,
            sum(customers) over (partition by snapshot_month, metric) as all_customers,
        from histogram
    ),

    scored as (
        {% if policy("rfm_method") == "fixed_thresholds" %}
            select ranked.*, thresholds.score
            from ranked
            inner join
                thresholds
                on ranked.metric = thresholds.metric
                and (
                    ranked.value >= thresholds.min_value or thresholds.min_value is null
                )
                and (ranked.value <= thresholds.max_days or thresholds.max_days is null)
            qualify
                row_number() over (
                    partition by snapshot_month, ranked.metric, value
                    order by score desc nulls last
                )
                = 1
        {% else %}
            select
                *, {{ quintile_of_rank("worse_customers", "all_customers") }} as score
            from ranked
        {% endif %}
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            cast(metric as varchar) as metric,
            cast(score as tinyint) as score,
            {{ money("min(value)") }} as lowest_value,
            {{ money("max(value)") }} as highest_value,
            cast(sum(customers) as bigint) as customers,
        from scored
        group by snapshot_month, metric, score
    )

select *
from final

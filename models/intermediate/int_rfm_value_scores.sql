-- One row per snapshot month, metric (r, f, m) and score: the values that get it.
-- Amounts are counted by whole units of money, one by one only where a score ends.
with
    buyers as (
        select
            snapshot_month,
            last_order_date,
            frequency,
            monetary,
            cast(floor(monetary) as bigint) as unit,
        from {{ ref("int_customer_rfm_values") }}
        where last_order_date is not null
    ),

    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    thresholds as (select * from {{ ref("rfm_thresholds") }}),

    units as (
        select
            snapshot_month,
            unit,
            count(*) as customers,
            {{ sum_before("count(*)", "snapshot_month", "unit nulls first") }}
            as worse_customers,
            sum(count(*)) over (partition by snapshot_month) as all_customers,
        from buyers
        group by snapshot_month, unit
    ),

    ends as (
        select snapshot_month, unit
        from units
        where
            '{{ policy("rfm_method") }}' = 'fixed_thresholds'
            or {{ quintile_of_rank("worse_customers", "all_customers") }}
            < {{ quintile_of_rank("(worse_customers + customers - 1)", "all_customers") }}
    ),

    last_days as (
        select snapshot_month, last_order_date, count(*) as customers
        from buyers
        group by snapshot_month, last_order_date
    ),

    histogram as (
        select
            last_days.snapshot_month,
            'r' as metric,
            {{ days_between("last_order_date", "snapshot_date") }} as lowest_value,
            {{ days_between("last_order_date", "snapshot_date") }} as highest_value,
            customers,
        from last_days
        inner join snapshots on last_days.snapshot_month = snapshots.snapshot_month
        union all
        select snapshot_month, 'f', frequency, frequency, count(*)
        from buyers
        group by snapshot_month, frequency
        union all
        select buyers.snapshot_month, 'm', min(monetary), max(monetary), count(*)
        from buyers
        left join
            ends
            on buyers.snapshot_month = ends.snapshot_month
            and buyers.unit = ends.unit
        group by
            buyers.snapshot_month,
            buyers.unit,
            case when ends.unit is not null then monetary end
    ),

    ranked as (
        select
            *,
            -- few days are better than many
            {{ sum_before(
                "customers", "snapshot_month, metric",
                "case when metric = 'r' then - lowest_value else lowest_value end nulls first",
            ) }}
            as worse_customers,
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
                and (lowest_value >= min_value or min_value is null)
                and (lowest_value <= max_days or max_days is null)
            qualify
                row_number() over (
                    partition by snapshot_month, ranked.metric, lowest_value
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
            {{ money("min(lowest_value)") }} as lowest_value,
            {{ money("max(highest_value)") }} as highest_value,
            cast(sum(customers) as bigint) as customers,
        from scored
        group by snapshot_month, metric, score
    )

select *
from final

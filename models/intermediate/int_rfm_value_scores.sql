-- One row per snapshot month, metric (r, f, m) and score: the values that get it.
-- Amounts are counted by whole units of money, one by one only where a score ends.
with
    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    thresholds as (select * from {{ ref("rfm_thresholds") }}),

    -- whoever bought, each time by itself: a CTE that is read twice is kept whole
    {% for counted, value in [
        ("last_order_date", "last_order_date"),
        ("frequency", "frequency"),
        ("unit", "cast(floor(monetary) as bigint)"),
    ] %}
        by_{{ counted }} as (
            select snapshot_month, {{ value }} as {{ counted }}, count(*) as customers
            from {{ ref("int_customer_rfm_values") }}
            where last_order_date is not null
            group by snapshot_month, {{ value }}
        ),
    {% endfor %}

    amounts as (
        select snapshot_month, monetary, cast(floor(monetary) as bigint) as unit
        from {{ ref("int_customer_rfm_values") }}
        where last_order_date is not null
    ),

    units as (
        select
            *,
            {{ sum_before("customers", "snapshot_month", "unit nulls first") }}
            as worse_customers,
            sum(customers) over (partition by snapshot_month) as all_customers,
        from by_unit
    ),

    ends as (
        select snapshot_month, unit
        from units
        where
            '{{ policy("rfm_method") }}' = 'fixed_thresholds'
            or {{ quintile_of_rank("worse_customers", "all_customers") }}
            < {{ quintile_of_rank("(worse_customers + customers - 1)", "all_customers") }}
    ),

    histogram as (
        select
            by_last_order_date.snapshot_month,
            'r' as metric,
            {{ days_between("last_order_date", "snapshot_date") }} as lowest_value,
            {{ days_between("last_order_date", "snapshot_date") }} as highest_value,
            customers,
        from by_last_order_date
        inner join
            snapshots on by_last_order_date.snapshot_month = snapshots.snapshot_month
        union all
        select snapshot_month, 'f', frequency, frequency, customers
        from by_frequency
        union all
        select amounts.snapshot_month, 'm', min(monetary), max(monetary), count(*)
        from amounts
        left join
            ends
            on amounts.snapshot_month = ends.snapshot_month
            and amounts.unit = ends.unit
        group by
            amounts.snapshot_month,
            amounts.unit,
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

-- One row per snapshot month and customer: RFM scores of 1 to 5 and the segment.
{# ntile looks at all customers of a snapshot to split equal values #}
{% if policy("rfm_method") != "ntile" %}
    {% set of_month = {
        "to": "int_customer_rfm_values",
        "match": {"snapshot_month": "snapshot_month"},
    } %}
    {{
        config(
            meta={
                "by_key": {
                    "key": ["snapshot_month", "customer_id"],
                    "rows_of": {"int_customer_rfm_values": ["snapshot_month", "customer_id"]},
                    "joined": {"int_rfm_score_limits": of_month, "int_rfm_snapshots": of_month},
                }
            }
        )
    }}
{% endif %}
with
    measured_values as (select * from {{ ref("int_customer_rfm_values") }}),

    snapshots as (select * from {{ ref("int_rfm_snapshots") }}),

    limits as (select * from {{ ref("int_rfm_score_limits") }}),

    grid as (select r, fm, segment from {{ ref("rfm_grid") }}),

    measured as (
        select
            measured_values.*,
            snapshots.snapshot_date,
            snapshots.is_current,
            snapshots.is_complete,
            snapshots.currency,
            {{ days_between("last_order_date", "snapshot_date") }} as recency_days,
        from measured_values
        inner join
            snapshots on measured_values.snapshot_month = snapshots.snapshot_month
    ),

    -- whoever never bought has no recency and no score
    scored as (
        {% if policy("rfm_method") == "ntile" %}
            select
                *,
                {% for score, worse_first in [
                    ("r", "recency_days desc nulls last"),
                    ("f", "frequency nulls first"),
                    ("m", "monetary nulls first"),
                ] %}
                    case
                        when recency_days is not null
                        then
                            ntile(5) over (
                                partition by snapshot_month, recency_days is null
                                order by {{ worse_first }}, customer_id nulls last
                            )
                    end as {{ score }},
                {% endfor %}
            from measured
        {% else %}
            select
                measured.*,
                {% for score, better in [
                    ("r", "recency_days <= recency_"),
                    ("f", "frequency >= frequency_"),
                    ("m", "monetary >= monetary_"),
                ] %}
                    case
                        when recency_days is null
                        then null
                        when {{ better }}5
                        then 5
                        when {{ better }}4
                        then 4
                        when {{ better }}3
                        then 3
                        when {{ better }}2
                        then 2
                        else 1
                    end as {{ score }},
                {% endfor %}
            from measured
            left join limits on measured.snapshot_month = limits.snapshot_month
        {% endif %}
    ),

    combined as (select *, cast(floor((f + m) / 2) as tinyint) as fm from scored),

    final as (
        select
            cast(combined.snapshot_month as date) as snapshot_month,
            cast(combined.customer_id as varchar) as customer_id,
            cast(combined.snapshot_date as date) as snapshot_date,
            cast(combined.is_current as boolean) as is_current,
            cast(combined.is_complete as boolean) as is_complete,
            cast(combined.last_order_date as date) as last_order_date,
            cast(combined.recency_days as integer) as recency_days,
            cast(combined.frequency as bigint) as frequency,
            {{ money("combined.monetary") }} as monetary,
            {{ money("combined.month_net_revenue") }} as month_net_revenue,
            cast(combined.currency as varchar) as currency,
            cast(combined.r as tinyint) as r,
            cast(combined.f as tinyint) as f,
            cast(combined.m as tinyint) as m,
            cast(combined.fm as tinyint) as fm,
            cast(
                case
                    when combined.recency_days is null
                    then 'Prospects'
                    else grid.segment
                end as varchar
            ) as segment,
        from combined
        left join grid on combined.r = grid.r and combined.fm = grid.fm
    )

select *
from final

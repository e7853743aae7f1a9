-- One row per snapshot month and customer: RFM scores of 1 to 5 and the segment.
with
    measured as (select * from {{ ref("int_customer_rfm_values") }}),

    value_scores as (
        select snapshot_month, metric, value, score
        from {{ ref("int_rfm_value_scores") }}
    ),

    grid as (select r, fm, segment from {{ ref("rfm_grid") }}),

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
                recency_scores.score as r,
                frequency_scores.score as f,
                monetary_scores.score as m,
            from measured
            left join
                value_scores as recency_scores
                on measured.snapshot_month = recency_scores.snapshot_month
                and recency_scores.metric = 'r'
                and measured.recency_days = recency_scores.value
            left join
                value_scores as frequency_scores
                on measured.snapshot_month = frequency_scores.snapshot_month
                and frequency_scores.metric = 'f'
                and measured.frequency = frequency_scores.value
                and measured.recency_days is not null
            left join
                value_scores as monetary_scores
                on measured.snapshot_month = monetary_scores.snapshot_month
                and monetary_scores.metric = 'm'
                and measured.monetary = monetary_scores.value
                and measured.recency_days is not null
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

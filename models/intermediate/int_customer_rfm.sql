-- One row per snapshot month and customer: RFM scores of 1 to 5 and the segment.
with
    measured as (select * from {{ ref("int_customer_rfm_values") }}),

    value_scores as (
        select snapshot_month, metric, value, score
        from {{ ref("int_rfm_value_scores") }}
    ),

    grid as (select r, fm, segment from {{ ref("rfm_grid") }}),

    buyers as (
        select snapshot_month, customer_id, recency_days, frequency, monetary
        from measured
        where recency_days is not null
    ),

    scored as (
        {% if policy("rfm_method") == "ntile" %}
            select
                snapshot_month,
                customer_id,
                ntile(5) over (
                    partition by snapshot_month
                    order by recency_days desc nulls last, customer_id nulls last
                ) as r,
                ntile(5) over (
                    partition by snapshot_month
                    order by frequency nulls first, customer_id nulls last
                ) as f,
                ntile(5) over (
                    partition by snapshot_month
                    order by monetary nulls first, customer_id nulls last
                ) as m,
            from buyers
        {% else %}
            select
                buyers.snapshot_month,
                buyers.customer_id,
                recency_scores.score as r,
                frequency_scores.score as f,
                monetary_scores.score as m,
            from buyers
            inner join
                value_scores as recency_scores
                on buyers.snapshot_month = recency_scores.snapshot_month
                and recency_scores.metric = 'r'
                and buyers.recency_days = recency_scores.value
            inner join
                value_scores as frequency_scores
                on buyers.snapshot_month = frequency_scores.snapshot_month
                and frequency_scores.metric = 'f'
                and buyers.frequency = frequency_scores.value
            inner join
                value_scores as monetary_scores
                on buyers.snapshot_month = monetary_scores.snapshot_month
                and monetary_scores.metric = 'm'
                and buyers.monetary = monetary_scores.value
        {% endif %}
    ),

    combined as (select *, cast(floor((f + m) / 2) as tinyint) as fm from scored),

    final as (
        select
            cast(measured.snapshot_month as date) as snapshot_month,
            cast(measured.customer_id as varchar) as customer_id,
            cast(measured.snapshot_date as date) as snapshot_date,
            cast(measured.is_current as boolean) as is_current,
            cast(measured.is_complete as boolean) as is_complete,
            cast(measured.last_order_date as date) as last_order_date,
            cast(measured.recency_days as integer) as recency_days,
            cast(measured.frequency as bigint) as frequency,
            {{ money("measured.monetary") }} as monetary,
            {{ money("measured.month_net_revenue") }} as month_net_revenue,
            cast(measured.currency as varchar) as currency,
            cast(combined.r as tinyint) as r,
            cast(combined.f as tinyint) as f,
            cast(combined.m as tinyint) as m,
            cast(combined.fm as tinyint) as fm,
            cast(
                case
                    when measured.recency_days is null
                    then 'Prospects'
                    else grid.segment
                end as varchar
            ) as segment,
        from measured
        left join
            combined
            on measured.snapshot_month = combined.snapshot_month
            and measured.customer_id = combined.customer_id
        left join grid on combined.r = grid.r and combined.fm = grid.fm
    )

select *
from final

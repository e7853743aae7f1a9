-- One row per snapshot month with buyers: where each RFM score begins. Who has at most
-- recency_4 days, but more than recency_5, scores 4; a score that nobody has is NULL.
with
    value_scores as (
        select snapshot_month, metric, score, lowest_value, highest_value
        from {{ ref("int_rfm_value_scores") }}
    ),

    final as (
        select
            cast(snapshot_month as date) as snapshot_month,
            {% for score in [5, 4, 3, 2] %}
                cast(
                    max(highest_value) filter (
                        where metric = 'r' and score = {{ score }}
                    ) as bigint
                ) as recency_{{ score }},
                cast(
                    min(lowest_value) filter (
                        where metric = 'f' and score = {{ score }}
                    ) as bigint
                ) as frequency_{{ score }},
                cast(
                    min(lowest_value) filter (
                        where metric = 'm' and score = {{ score }}
                    ) as decimal(18, 4)
                ) as monetary_{{ score }},
            {% endfor %}
        from value_scores
        group by snapshot_month
    )

select *
from final

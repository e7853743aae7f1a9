-- Customers whose score is not 1 + 5 * (rank - 1) / buyers, rounded down, with rank
-- counting from the worst value: the definition, against the histogram that the models
-- use. Rounded down means (score - 1) * buyers <= 5 * (rank - 1) < score * buyers.
-- Method min_rank only.
with
    ranked as (
        select
            snapshot_month,
            customer_id,
            r,
            f,
            m,
            count(*) over (partition by snapshot_month) as buyers,
            rank() over (
                partition by snapshot_month order by recency_days desc
            ) as recency_rank,
            rank() over (
                partition by snapshot_month order by frequency
            ) as frequency_rank,
            rank() over (partition by snapshot_month order by monetary) as monetary_rank
        from {{ ref("int_customer_rfm") }}
        where recency_days is not null and '{{ policy("rfm_method") }}' = 'min_rank'
    ),

    scored as (
        select
            snapshot_month,
            customer_id,
            buyers,
            'r' as metric,
            r as score,
            recency_rank as place
        from ranked
        union all
        select snapshot_month, customer_id, buyers, 'f', f, frequency_rank
        from ranked
        union all
        select snapshot_month, customer_id, buyers, 'm', m, monetary_rank
        from ranked
    )

select *
from scored
where
    ((score - 1) * buyers <= 5 * (place - 1) and 5 * (place - 1) < score * buyers)
    is not true

-- Values whose score is not 1 + 5 * (rank - 1) / buyers, rounded down: the definition,
-- against the histogram by units that the models use. The rank of a value is 1 + the
-- buyers with a worse one; rounded down means
-- (score - 1) * buyers <= 5 * (rank - 1) < score * buyers. Method min_rank only.
with
    held as (
        {% for metric, value in [
            ("r", "- recency_days"),
            ("f", "frequency"),
            ("m", "monetary"),
        ] %}
            select
                snapshot_month,
                '{{ metric }}' as metric,
                cast({{ value }} as decimal(18, 4)) as value,
                min({{ metric }}) as score,
                max({{ metric }}) as other_score,
                count({{ metric }}) as scored,
                count(*) as customers
            from {{ ref("int_customer_rfm") }}
            where recency_days is not null and '{{ policy("rfm_method") }}' = 'min_rank'
            group by snapshot_month, {{ value }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    totals as (
        select snapshot_month, metric, sum(customers) as all_customers
        from held
        group by snapshot_month, metric
    ),

    placed as (
        select
            *,
            coalesce(
                sum(customers) over (
                    partition by snapshot_month, metric
                    order by value
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as worse_customers
        from held
    )

select placed.*, totals.all_customers
from placed
inner join
    totals
    on placed.snapshot_month = totals.snapshot_month
    and placed.metric = totals.metric
where
    scored <> customers
    or score <> other_score
    or (
        (score - 1) * all_customers <= 5 * worse_customers
        and 5 * worse_customers < score * all_customers
    )
    is not true

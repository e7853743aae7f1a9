-- interpurchase_time: the pool (order_number 0) holds every gap once, in number and
-- in days.
with
    sums as (
        select
            segment_type,
            segment,
            sum(case when order_number = 0 then gaps else 0 end) as pooled_gaps,
            sum(case when order_number > 0 then gaps else 0 end) as gaps,
            sum(
                case when order_number = 0 then gaps * mean_days else 0 end
            ) as pooled_days,
            sum(case when order_number > 0 then gaps * mean_days else 0 end) as days,
        from {{ ref("interpurchase_time") }}
        group by segment_type, segment
    )

select *
from sums
where pooled_gaps <> gaps or abs(pooled_days - days) > 0.000001 * (1 + days)

-- Bands that leave a gap to the band before, overlap it, or do not begin and end where
-- the values do: orders from 1, recency from 0, no end at the top.
select measure, band, from_value, to_value, expected_from, next_from
from
    (
        select
            *,
            coalesce(
                lag(to_value) over (
                    partition by measure order by from_value nulls last, band nulls last
                )
                + 1,
                case when measure = 'orders' then 1 else 0 end
            ) as expected_from,
            lead(from_value) over (
                partition by measure order by from_value nulls last, band nulls last
            ) as next_from
        from {{ ref("complaint_match_bands") }}
    ) as bands
where
    from_value is distinct from expected_from
    or (to_value is null) is distinct from (next_from is null)

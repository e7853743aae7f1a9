-- Customers whose current lifecycle stage or RFM segment is not the one that
-- customer_lifecycle or rfm_segments shows, or who are in two of one kind at once.
with
    members as (select * from {{ ref("segment_members") }}),

    shown as (
        select 'lifecycle' as segment_type, customer_id, stage as segment
        from {{ ref("customer_lifecycle") }}
        union all
        select 'rfm', customer_id, segment
        from {{ ref("rfm_segments") }}
        where is_current
    ),

    held as (
        select segment_type, customer_id, min(segment) as segment, count(*) as segments
        from members
        where is_current and segment_type in ('lifecycle', 'rfm')
        group by segment_type, customer_id
    )

select
    coalesce(shown.segment_type, held.segment_type) as segment_type,
    coalesce(shown.customer_id, held.customer_id) as customer_id,
    shown.segment as expected,
    held.segment as actual,
    held.segments
from shown
full join
    held
    on shown.segment_type = held.segment_type
    and shown.customer_id = held.customer_id
-- who became known on the last day is no prospect at any midnight yet
where
    coalesce(held.segments, 1) > 1
    or shown.segment is distinct from held.segment
    and not (shown.segment in ('prospect', 'Prospects') and held.segment is null)

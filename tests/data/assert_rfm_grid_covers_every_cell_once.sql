-- Cells (r, fm) of the 5 x 5 grid that have no segment, or more than one, or do not
-- exist.
with
    scores as (select score from (values (1), (2), (3), (4), (5)) as list(score)),

    cells as (
        select recency.score as r, others.score as fm
        from scores as recency
        cross join scores as others
    ),

    grid as (
        select r, fm, count(*) as segments, count(distinct segment) as names
        from {{ ref("rfm_grid") }}
        group by r, fm
    )

select
    coalesce(cells.r, grid.r) as r,
    coalesce(cells.fm, grid.fm) as fm,
    coalesce(grid.segments, 0) as segments
from cells
full join grid on cells.r = grid.r and cells.fm = grid.fm
where cells.r is null or coalesce(grid.segments, 0) <> 1 or grid.names <> 1

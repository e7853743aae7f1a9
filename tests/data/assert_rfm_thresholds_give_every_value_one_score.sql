-- Rows of rfm_thresholds that leave a value without a score or contradict each other: a
-- score is missing, score 1 has a limit, another has none or the wrong one, or a better
-- score is easier to get than a worse one.
with
    scores as (
        select metric, score
        from (values ('r'), ('f'), ('m')) as metrics(metric)
        cross join (values (1), (2), (3), (4), (5)) as list(score)
    ),

    thresholds as (
        select
            *,
            -- the harder to meet, the larger
            case when metric = 'r' then - max_days else min_value end as hardness,
            case when metric = 'r' then min_value else max_days end as wrong_limit
        from {{ ref("rfm_thresholds") }}
    ),

    ordered as (
        select
            *,
            lag(hardness) over (partition by metric order by score) as easier_hardness
        from thresholds
    )

select scores.metric, scores.score, ordered.min_value, ordered.max_days
from scores
left join ordered on scores.metric = ordered.metric and scores.score = ordered.score
where
    ordered.score is null
    or ordered.wrong_limit is not null
    or (scores.score = 1) <> (ordered.hardness is null)
    or ordered.hardness <= ordered.easier_hardness

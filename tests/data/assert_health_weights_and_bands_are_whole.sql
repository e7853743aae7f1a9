-- The weights of health_components add up to 100, all six components are there, and
-- health_bands begin at 0.
with
    weights as (
        select sum(weight) as total_weight, count(*) as components
        from {{ ref("health_components") }}
    ),

    bands as (select min(min_score) as lowest from {{ ref("health_bands") }})

select *
from weights
cross join bands
where
    total_weight <> 100
    or components <> {{ health_component_names() | length }}
    or lowest <> 0

-- One row is one snapshot and customer or account of which something is known: the
-- health
-- score over the components that are known.
with
    components as (select * from {{ ref("int_health_components") }}),

    bands as (
        select *, lead(min_score) over (order by min_score) as next_score
        from {{ ref("health_bands") }}
    ),

    totals as (select sum(weight) as total_weight from {{ ref("health_components") }}),

    summed as (
        select
            snapshot_date,
            entity_type,
            entity_id,
            {{ safe_divide("sum(score * weight)", "sum(weight)") }} as score,
            sum(weight) as known_weight,
            {% for component in health_component_names() %}
                max(
                    case when component = '{{ component }}' then score end
                ) as {{ component }}_score {{- "," if not loop.last }}
            {% endfor %}
        from components
        group by snapshot_date, entity_type, entity_id
    ),

    -- little is known of many: a score without a band is no verdict
    scored as (
        select
            summed.*,
            round(score, 6) as health_score,
            {{ safe_divide("known_weight", "total_weight") }} as coverage
        from summed
        cross join totals
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            {% for component in health_component_names() %}
                cast({{ component }}_score as double) as {{ component }}_score,
            {% endfor %}
            cast(health_score as double) as health_score,
            cast(coverage as double) as coverage,
            cast(bands.health_band as varchar) as health_band
        from scored
        left join
            bands
            on scored.coverage >= {{ var("health_min_coverage") }}
            and scored.health_score >= bands.min_score
            and (bands.next_score is null or scored.health_score < bands.next_score)
    )

select *
from final

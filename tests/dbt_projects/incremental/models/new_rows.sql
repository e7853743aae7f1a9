{{ config(materialized="view") }}
select id, region, value, day from {{ ref("changes") }} where day <= {{ var("day") }}

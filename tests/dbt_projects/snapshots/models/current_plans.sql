{{ config(materialized="table") }}
select id, plan from {{ ref("by_time") }} where dbt_valid_to is null

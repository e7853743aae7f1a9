{{ config(materialized="table") }}
select region, sum(value) as value from {{ ref("keyed") }} group by region

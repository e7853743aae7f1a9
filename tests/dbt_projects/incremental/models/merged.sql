{{ config(unique_key="id", incremental_strategy="merge") }}
select id, region, value from {{ ref("new_rows") }} where day = {{ var("day") }}

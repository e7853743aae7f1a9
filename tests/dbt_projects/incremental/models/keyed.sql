{{ config(unique_key="id") }}
select id, region, value from {{ ref("new_rows") }} where day = {{ var("day") }}

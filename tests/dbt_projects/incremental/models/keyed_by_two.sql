{{ config(unique_key=["id", "region"], incremental_strategy="delete+insert") }}
select id, region, value from {{ ref("new_rows") }} where day = {{ var("day") }}

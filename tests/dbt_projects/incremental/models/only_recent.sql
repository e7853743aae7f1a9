{{
    config(
        unique_key="id",
        incremental_strategy="delete+insert",
        incremental_predicates=["value > 20"],
    )
}}
select id, region, value from {{ ref("new_rows") }} where day = {{ var("day") }}

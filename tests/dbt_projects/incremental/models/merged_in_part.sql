{{
    config(
        unique_key="id",
        incremental_strategy="merge",
        merge_update_columns=["value"],
        merge_insert_condition="DBT_INTERNAL_SOURCE.region = 'us'",
    )
}}
select id, region, value from {{ ref("new_rows") }} where day = {{ var("day") }}

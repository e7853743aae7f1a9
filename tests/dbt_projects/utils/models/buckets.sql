select id, value, {{ dbt_utils.width_bucket("value", 0, 10, 4) }} as bucket from {{ ref("numbers") }}

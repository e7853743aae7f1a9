{{ config(incremental_strategy="append") }}
select * from {{ ref("new_rows") }}
{% if is_incremental() %} where day > (select max(day) from {{ this }}) {% endif %}

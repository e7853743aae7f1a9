{{ config(unique_key="id", on_schema_change="sync_all_columns") }}
select id, {% if var("day") > 1 %} cast(value as varchar) as value, region {% else %} value, day {% endif %}
from {{ ref("new_rows") }} where day = {{ var("day") }}

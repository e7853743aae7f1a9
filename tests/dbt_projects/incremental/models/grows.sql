{{ config(unique_key="id", on_schema_change="append_new_columns") }}
select id, value {% if var("day") > 1 %}, region {% endif %}
from {{ ref("new_rows") }} where day = {{ var("day") }}

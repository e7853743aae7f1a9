select
    size,
    {{ dbt_utils.pivot("color", dbt_utils.get_column_values(ref("sales"), "color", order_by="color")) }}
from {{ ref("sales") }}
group by size

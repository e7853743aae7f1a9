select id, {{ dbt_utils.generate_surrogate_key(["id", "name", "joined"]) }} as key, {{ dbt_utils.generate_surrogate_key(["city"]) }} as of_city
from {{ ref("people") }}

select
    {{ dbt_utils.star(from=ref("people"), relation_alias="p", except=["SCORE"]) }},
    {{ dbt_utils.star(ref("people"), relation_alias="p", except=["joined", "changed_at", "active", "city"], prefix="his_", suffix="_too") }},
    {{ dbt_utils.star(ref("versions"), relation_alias="v", except=["id"], quote_identifiers=False, suffix="_then") }}
from {{ ref("people") }} as p
left join {{ ref("deduplicated") }} as v on v.id = p.id

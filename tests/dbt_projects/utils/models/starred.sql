select
    {{ dbt_utils.star(from=ref("people"), relation_alias="p", except=["SCORE"]) }},
    {{ dbt_utils.star(ref("people"), except=["joined", "changed_at", "active", "city"], prefix="his_", suffix="_too") }},
    {{ dbt_utils.star(ref("versions"), relation_alias="v", except=["id"], quote_identifiers=False, suffix="_then") }}
from {{ ref("people") }} as p
left join (select id as vid, name as vname, changed_on from {{ ref("deduplicated") }}) as w on w.vid = p.id
left join (select id as other, name, changed_on from {{ ref("deduplicated") }} where false) as v on v.other = p.id

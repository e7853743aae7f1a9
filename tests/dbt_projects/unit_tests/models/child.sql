select p.id, p.kind, p.amount * {{ var('rate') }} as rated, {{ doubled('p.id') }} as twice, o.label, '{{ env_var("UNIT_WORD", "none") }}' as word
from {{ ref('parent') }} as p
left join {{ ref('other') }} as o on o.id = p.id

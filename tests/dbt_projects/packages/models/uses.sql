select
    {{ tools.double(21) }} as doubled,
    {{ tools.through() }} as through,
    {{ same_name() }} as own,
    {{ tools.same_name() }} as theirs,
    {{ local_one.greeting("ann") }} as greeted,
    {{ tools.plain() }} as plain,
    {{ tools.var_of("shared") }} as shared,
    g.id, s.word
from {{ ref("tools", "given") }} as g
left join {{ ref("words") }} as s on s.id = g.id

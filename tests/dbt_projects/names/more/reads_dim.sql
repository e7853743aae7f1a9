select a.id, b.more from {{ ref('dim', v=1) }} as a join {{ ref('dim') }} as b using (id) join {{ ref('dim', version=2) }} as c using (id)

select id, name, city, active, score + 0.0001 as score, joined, changed_at from {{ ref("people") }}

select * from {{ ref("people") }}

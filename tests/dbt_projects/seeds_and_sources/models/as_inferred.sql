select * from {{ ref('inferred') }}

-- depends_on: {{ ref('renamed') }}
select id, "UPPER Name" as name from {{ source('elsewhere', 'other_name') }}

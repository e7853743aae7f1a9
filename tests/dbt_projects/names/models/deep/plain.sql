select * from {{ ref('vars') }}

select * from {{ ref('apart') }} where id = 1

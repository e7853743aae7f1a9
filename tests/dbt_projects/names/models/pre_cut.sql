select * from {{ ref('names', 'special') }} union all select 2

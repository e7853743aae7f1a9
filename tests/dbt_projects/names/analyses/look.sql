select * from {{ ref('special') }}

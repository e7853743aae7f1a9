select * from {{ ref('given') }} union all select 2, 'x', 'x', 'x', {{ tools.same_name() }}

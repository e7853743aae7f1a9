select 1 as id, '{{ var('shared') }}' as shared, '{{ var('scoped') }}' as scoped, '{{ var('only_here') }}' as only_here, {{ same_name() }} as named

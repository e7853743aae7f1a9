select {{ var('top') }} as top, {{ var('scoped') }} as scoped, '{{ var('mapping')['a'] | join('-') }}' as joined, '{{ var('absent', 'x') }}' as absent, '{{ env_var('NAMES_ABSENT', 'y') }}' as env

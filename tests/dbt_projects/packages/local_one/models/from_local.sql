select '{{ project_name }}' as project, '{{ this.schema }}' as own_schema, '{{ var('shared', 'none') }}' as shared

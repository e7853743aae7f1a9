-- depends_on: {{ ref("uses") }}
select '{{ tools.column_list(ref("uses")) }}' as listed

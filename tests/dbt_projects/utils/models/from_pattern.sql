-- depends_on: {{ ref("part_one") }}, {{ ref("part_two") }}, {{ ref("part_two_backup") }}
{% set found = dbt_utils.get_relations_by_pattern(schema_pattern=target.schema, table_pattern="part_%", exclude="%_backup") %}
{% for relation in found | sort(attribute="identifier") %}
select '{{ relation.identifier }}' as name, '{{ relation.schema }}' as place, '{{ relation.type }}' as kind, count(*) as rows_there
from {{ relation }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% if not found %}select 1{% endif %}

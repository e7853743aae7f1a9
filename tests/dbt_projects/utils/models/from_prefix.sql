-- depends_on: {{ ref("part_one") }}, {{ ref("part_two") }}, {{ ref("part_two_backup") }}
{% set found = dbt_utils.get_relations_by_prefix(schema=target.schema, prefix="part_two") %}
{{ dbt_utils.union_relations(relations=found | sort(attribute="identifier") | list) }}

{{ config(materialized="view", tags=["told"], meta={"who": "us"}) }}
{%- for node in (graph.nodes.values() | sort(attribute="unique_id") if execute else []) %}
select
    '{{ node.unique_id }}' as unique_id, '{{ node.resource_type }}' as resource_type, '{{ node.name }}' as name, '{{ node.package_name }}' as package_name,
    '{{ node.path }}' as path, '{{ node.original_file_path }}' as original_file_path, '{{ node.fqn | join(".") }}' as fqn,
    '{{ node.config.materialized }} {{ node.config.enabled }} {{ node.config.tags | join(",") }} {{ "ours" if node.config.meta.who == "us" else "theirs" }}' as config,
    '{{ node.schema }} {{ node.alias }}' as relation, '{{ node.depends_on.nodes | sort | join(" ") }}' as parents,
    '{{ node.tags | join(",") }} {{ "has" if node.meta.who else "has not" }}' as tags, '{{ node.description | replace("'", "") }}' as description,
    {{ (node.raw_code or "") | length }} as letters, '{{ node.columns.values() | map(attribute="name") | join(",") }}' as columns,
    '{{ node.language }} {{ node.access }} {{ node.version }} {{ node.group }}' as more,
    '{{ node.refs | map(attribute="name") | sort | join(" ") }}' as refs
{{ "union all" if not loop.last }}
{%- endfor %}
{%- if not execute %}select 1{% endif %}

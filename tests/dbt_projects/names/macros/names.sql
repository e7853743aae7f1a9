{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {%- if node is not none and node.name == "special" -%} {{ "special_" ~ node.resource_type }}
    {%- else -%} {{ default__generate_schema_name(custom_schema_name, node) }}
    {%- endif -%}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%} {{ custom_alias_name | trim }}
    {%- elif node.version -%} {{ return(node.name ~ "_v" ~ (node.version | replace(".", "_"))) }}
    {%- elif node.name.startswith("pre_") -%} {{ node.name | replace("pre_", "") }}
    {%- else -%} {{ node.name }}
    {%- endif -%}
{%- endmacro %}

{# macros know the model that they are called from, though its text does not say `model` #}
{% macro whose() %}'{{ model.name }} {{ model.unique_id }} {{ model.config.materialized }}'{% endmacro %}

{% macro note(relation) %}
insert into {{ target.schema }}.notes values ('{{ relation.identifier }} {{ this.schema }} {{ model.name }} {{ model.config.materialized }}')
{% endmacro %}

{% macro remember(results) %}
  {% if execute %}
    {% set lines = [] %}
    {% for result in results if result.node.resource_type in ("model", "seed") %}
      {% set node = result.node %}
      {% do lines.append("('" ~ node.unique_id ~ " " ~ result.status ~ " " ~ node.config.materialized ~ " " ~ node.alias ~ " " ~ (node.depends_on.nodes | sort | join("+")) ~ "')") %}
    {% endfor %}
    {% if lines %}insert into {{ target.schema }}.notes values {{ lines | sort | join(", ") }}{% endif %}
  {% endif %}
{% endmacro %}

{# the example of dbt's own pages: a placeholder in `where` #}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get("where") %}
    {% if where %}
        {% if "_start_" in where %}
            {% set where = where | replace("_start_", "date '" ~ var("start") ~ "'") %}
        {% endif %}
        {%- set filtered -%}
            (select * from {{ relation }} where {{ where }}) dbt_subquery
        {%- endset -%}
        {% do return(filtered) %}
    {%- else -%}
        {% do return(relation) %}
    {%- endif -%}
{%- endmacro %}

{% test odd(model, column_name) %}
{{ config(severity="warn") }}
select {{ "*" if should_store_failures() else "1 as one" }} from {{ model }} where {{ column_name }} % 2 = 1 and {{ 1 if model.is_table is defined else 0 }} >= 0
{% endtest %}

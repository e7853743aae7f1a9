{# What packages do with the database at hand: each macro in the way that widespread packages have. #}
{% macro check_relation(obj) %}
    {%- if not (obj is mapping and obj.get("metadata", {}).get("type", "").endswith("Relation")) -%}
        {{ exceptions.raise_compiler_error("not a relation: " ~ obj) }}
    {%- endif -%}
    {%- if obj.is_cte -%}{{ exceptions.raise_compiler_error("an ephemeral model") }}{%- endif -%}
{% endmacro %}

{% macro values_of(table, column, default=none) %}
    {{ return(adapter.dispatch("values_of", "tools")(table, column, default)) }}
{% endmacro %}

{% macro default__values_of(table, column, default=none) %}
    {%- if not execute -%}{{ return(default or []) }}{%- endif -%}
    {%- do tools.check_relation(table) -%}
    {%- if load_relation(table) is none -%}{{ return(default or []) }}{%- endif -%}
    {%- call statement("values_of", fetch_result=true) %}
        select {{ column }} as value from {{ table }} group by 1 order by count(*) desc, 1
    {%- endcall -%}
    {{ return(load_result("values_of")["data"] | map(attribute=0) | list) }}
{% endmacro %}

{% macro star(from, except=[]) %}
    {%- if not execute -%}{% do return("*") %}{%- endif -%}
    {%- set dropped = except | map("lower") | list -%}
    {%- set names = [] -%}
    {%- for column in adapter.get_columns_in_relation(from) if column.column | lower not in dropped -%}
        {%- do names.append(adapter.quote(column.column)) -%}
    {%- endfor -%}
    {{ return(names | join(", ")) }}
{% endmacro %}

{% macro stacked(relations) %}
    {%- if not execute -%}{{ return("select 1 as nothing") }}{%- endif -%}
    {%- set seen, all = {}, {} -%}
    {%- for relation in relations -%}
        {%- do seen.update({relation: []}) -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do seen[relation].append(column.column) -%}
            {%- if column.column not in all or (column.is_string() and column.string_size() > all[column.column].string_size()) -%}
                {%- do all.update({column.column: column}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for relation in relations %}
    select {{ dbt.string_literal(relation.identifier) }} as source_name
        {%- for name in all.keys() -%}
            , cast({{ adapter.quote(name) if name in seen[relation] else "null" }} as {{ all[name].data_type }}) as {{ all[name].quoted }}
        {%- endfor %}
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor -%}
{% endmacro %}

{% macro key_of(fields) %}
    {%- set parts = [] -%}
    {%- for field in fields -%}
        {%- do parts.append("coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '_null_')") -%}
        {%- if not loop.last -%}{%- do parts.append("'-'") -%}{%- endif -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{% endmacro %}

{% macro counted(column, values) %}
    {%- for value in values %}
        sum(case when {{ column }} = '{{ dbt.escape_single_quotes(value) }}' then 1 else 0 end) as {{ adapter.quote("is_" ~ value) }}{{ "," if not loop.last }}
    {%- endfor -%}
{% endmacro %}

{% macro results_of(query) %}
    {%- call statement("results_of", fetch_result=true, auto_begin=false) -%}{{ query }}{%- endcall -%}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for name, column in load_result("results_of").table.columns.items() -%}
            {%- do found.update({name: column.values()}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{% test same_content(model, compare_with) %}
    {%- if not execute -%}{{ return("") }}{%- endif -%}
    {%- do tools.check_relation(model) -%}
    {%- set columns = adapter.get_columns_in_relation(model) | map(attribute="quoted") | join(", ") -%}
    select {{ columns }} from {{ model }} {{ dbt.except() }} select {{ columns }} from {{ compare_with }}
{% endtest %}

{% materialization nowhere, default %}
    {%- set target_relation = this -%}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

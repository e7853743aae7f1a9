-- depends_on: {{ ref('words') }}
{% set kinds = run_query("select distinct joined from " ~ ref("words") ~ " order by 1").columns[0].values() if execute else [] -%}
{%- call statement("counted", fetch_result=true) -%} select count(*) as n, max(total) as most from {{ ref("words") }} {%- endcall -%}
{%- set counted = load_result("counted") -%}
select
    '{{ kinds | join(",") }}' as kinds,
    {{ counted["data"][0][0] }} as n,
    {{ counted.table.columns["most"].values()[0] }} as most,
    '{{ columns_of(ref("aggregates")) }}' as columns,
    '{{ dbt.get_single_value("select 40 + 2") if dbt.get_single_value is defined else 42 }}' as single,
    '{{ adapter.get_relation(this.database, this.schema, "words") is none }} {{ load_relation(ref("days")).type }} {{ adapter.get_relation(this.database, this.schema, "nope") is none }}' as found,
    '{{ graph.nodes.values() | selectattr("resource_type", "equalto", "model") | list | length }}' as models

"""Pieces that the fuzzing puts into files; they stand between broken bars."""

from __future__ import annotations


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.split("¦")]


ODD = [
    *("", " ", "\t", "\n", "\r", "\0", "\ufeff", "\u2028", "\ue0001\ue001", "é", "🙂"),
    *("'", '"', "`", "\\", ";", "%", "$1", "-- ", "/*", "*/"),
]

JINJA = _pieces(
    r"""
{{ ¦ }} ¦ {% ¦ %} ¦ {# ¦ #} ¦ {{ ref('stg_orders') }} ¦ {{ ref('nope') }} ¦ {{ ref() }} ¦ {{ ref(1) }} ¦
{{ ref(none) }} ¦ {{ ref('a', 'b', 'c') }} ¦ {{ ref(['x']) }} ¦ {{ source('raw') }} ¦
{{ source('raw', 'orders', 'x') }} ¦ {{ source(1, 2) }} ¦ {{ this }} ¦ {{ this.database }} ¦
{{ target.nope }} ¦ {{ var('as_of') }} ¦ {{ var() }} ¦ {{ var(1) }} ¦ {{ var([]) }} ¦ {{ var({}) }} ¦
{{ env_var('HOME') }} ¦ {{ env_var() }} ¦ {{ env_var(1) }} ¦ {{ config(1) }} ¦ {{ config(materialized=1) }} ¦
{{ config(materialized='table') }} ¦ {{ config(materialized='ephemeral') }} ¦
{{ config(materialized=none) }} ¦ {{ config(tags=1) }} ¦ {{ config(tags={'a': 1}) }} ¦ {{ config(meta=1) }} ¦
{{ config(enabled='x') }} ¦ {{ config(enabled=false) }} ¦ {{ config(alias=1) }} ¦ {{ config(alias='') }} ¦
{{ config(schema=['x']) }} ¦ {{ config(contract=1) }} ¦ {{ config(['a']) }} ¦ {{ config({'a': 1}) }} ¦
{{ config(config) }} ¦ {{ config.get() }} ¦ {{ config.get('x', 1) }} ¦ {{ config.require('x') }} ¦
{% set x = [1, 2] %} ¦ {% set x %} ¦ {% endset %} ¦ {{ x }} ¦ {{ x[5] }} ¦ {% for i in range(3) %} ¦
{% for i in 5 %} ¦ {% endfor %} ¦ {% if x %} ¦ {% else %} ¦ {% endif %} ¦ {% macro m() %} ¦
{% macro as_of() %} ¦ {% endmacro %} ¦ {{ m() }} ¦ {{ m(m) }} ¦ {% test t(model) %} ¦ {% test t() %} ¦
{% endtest %} ¦ {% do 1 %} ¦ {% call m() %} ¦ {% endcall %} ¦ {% call statement('a') %} ¦ {% filter upper %} ¦
{% endfilter %} ¦ {% raw %} ¦ {% endraw %} ¦ {% snapshot s %} ¦ {% endsnapshot %} ¦
{% materialization x, default %} ¦ {% endmaterialization %} ¦ {% docs d %} ¦ {% enddocs %} ¦ {% break %} ¦
{% include 'x' %} ¦ {% import 'x' as y %} ¦ {% extends 'x' %} ¦ {% block b %} ¦
{{ exceptions.raise_compiler_error('x') }} ¦ {{ exceptions.raise_compiler_error() }} ¦
{{ exceptions.warn('x') }} ¦ {{ exceptions.nope() }} ¦ {{ adapter.dispatch('as_of')() }} ¦
{{ adapter.dispatch(1)() }} ¦ {{ adapter.nope() }} ¦ {{ adapter.quote(1) }} ¦ {{ return(1) }} ¦
{{ return() }} ¦ {{ return(1, 2) }} ¦ {{ run_query('select 1') }} ¦ {{ tojson(var) }} ¦ {{ fromjson('{') }} ¦
{{ fromjson(1) }} ¦ {{ zip(1) }} ¦ {{ set(1) }} ¦ {{ set([{}]) }} ¦ {{ local_md5(1) }} ¦ {{ ''.__class__ }} ¦
{{ x.__init__ }} ¦ {{ 1 / 0 }} ¦ {{ 'a' * 9 }} ¦ {{ [] | first }} ¦ {{ none | length }} ¦ {{ 'x' | nope }} ¦
{{ 1 is nope }} ¦ {{ lipsum() }} ¦ {{ cycler() }} ¦ {{ namespace(1) }} ¦ {{ dict(1) }} ¦ {{ self }} ¦
{{ self.x() }} ¦ {{ loop }} ¦ {{ caller() }} ¦ {{ varargs }} ¦ {{ execute }} ¦ {{ is_incremental() }} ¦
{{ is_incremental(1) }} ¦ {{ log('x', info=true) }} ¦ {{ log() }} ¦ {{ print() }} ¦ {{ project_name }} ¦
{{ invocation_args_dict.vars }} ¦ {{ model }} ¦ {{ graph.nodes }} ¦ {{ graph["x"] }} ¦
{{ modules.datetime.datetime.now() }} ¦ {{ modules.datetime.datetime.now(3).strftime(1) }} ¦
{% do log(modules.datetime.datetime.now()) %} ¦ {{ ref._x }} ¦
{{ dbt._x }} ¦ {{ dbt.string_literal(this) }} ¦
{{ adapter.get_columns_in_relation(this) | map(attribute="fields") | list }} ¦
{{ '%d' % 'x' }} ¦ {{ '%*d' % (9, 1) }} ¦ {{ '{0.__class__}'.format(1) }} ¦ {{ 'é'.encode() }} ¦
{{ 1.5 | int }} ¦ {{ [3, 'a'] | sort }} ¦ {{ ref }} ¦ {{ ref.x }} ¦ {{ as_of }} ¦ {{ as_of(1, 2) }} ¦
{{ as_of(x=1) }} ¦ {{ range(10 ** 9) | list }} ¦ {{ 1 if }} ¦ {{ not }} ¦ {{ **x }} ¦ {{ f(**1) }} ¦
{{ 'a'.join(1) }} ¦ {{ ('a' ~ 1)[0] }} ¦ {{ true.real }} ¦ {% set a.b = 1 %} ¦
{% set x = namespace(a=1) %}{% set x.a = 2 %} ¦ {% with %} ¦ {%- -%}
"""
)

SQL = _pieces(
    r"""
select ¦ select 1 as a ¦ select * from ¦ from ¦ where ¦ group by all ¦ order by 1 ¦ , ¦ ( ¦ ) ¦ () ¦ * ¦
union all ¦ with a as ( ¦ join ¦ on ¦ 1 ¦ 1e999 ¦ 'x' ¦ "x" ¦ x.y.z ¦ null ¦ cast(x as ¦ ::integer ¦
count(*) ¦ nope(1) ¦ now() ¦ current_date ¦ qualify ¦ over ( ¦ limit 1 ¦ limit 'x' ¦ values (1) ¦ pivot ¦
unnest([1]) ¦ [1, 2] ¦ {'a': 1} ¦ lambda x: x ¦ x -> x ¦ { ¦ } ¦ ? ¦ $x ¦ :x ¦ @x ¦ # ¦
insert into x values (1) ¦ drop table x ¦ create table x as select 1 ¦ ; select 2 ¦ pragma x ¦ attach 'x' ¦
raise ¦ error('x') ¦ 1/0 ¦ cast('x' as integer) ¦ read_csv('nope.csv') ¦ marts.customer_orders ¦
'2024-01-01'::date ¦ interval ¦ exclude ¦ select distinct on (x) ¦ tablesample 10% ¦ asof join ¦ recursive ¦
information_schema.tables
"""
)

WORDS = _pieces(
    r"""
!!python/object:x ¦ &a ¦ *a ¦ +enabled ¦ +materialized ¦ +schema ¦ +tags ¦ ../.. ¦ /etc ¦ 0x1f ¦ 1e3 ¦
2024-01-01 ¦ :memory: ¦ << ¦ accepted_values ¦ access ¦ alias ¦ all ¦ append ¦ arguments ¦ attach ¦ check ¦
check_cols ¦ clean-targets ¦ column_types ¦ columns ¦ config ¦ constraints ¦ contract ¦ countries ¦ csv ¦
customer_orders ¦ data_tests ¦ data_type ¦ delimiter ¦ depends_on ¦ description ¦ dev ¦ dict ¦ dispatch ¦
docs ¦ duckdb ¦ enabled ¦ enforced ¦ ephemeral ¦ error_if ¦ expect ¦ exposures ¦ extensions ¦ external ¦
fail_calc ¦ field ¦ fixture ¦ format ¦ freshness ¦ full_refresh ¦ given ¦ group ¦ hard_deletes ¦ incremental ¦
incremental_strategy ¦ input ¦ input_contract ¦ key ¦ latest_version ¦ limit ¦ loaded_at_field ¦
macro_namespace ¦ macros ¦ main ¦ materialized ¦ merge ¦ meta ¦ model-paths ¦ models ¦ name ¦ not_null ¦ off ¦
on ¦ on-run-end ¦ on-run-start ¦ on_schema_change ¦ orders ¦ outputs ¦ overrides ¦ owner ¦
packages-install-path ¦ path ¦ post-hook ¦ pre_hook ¦ public ¦ quote_columns ¦ ref('stg_orders') ¦ relation ¦
relationships ¦ required ¦ rows ¦ schema ¦ search_order ¦ seed ¦ seeds ¦ settings ¦ severity ¦ shop ¦
snapshot ¦ snapshots ¦ source('raw', 'orders') ¦ sources ¦ sql ¦ stg_orders ¦ store_failures ¦ strategy ¦
table ¦ tables ¦ tags ¦ target ¦ target-path ¦ tests ¦ threads ¦ timestamp ¦ to ¦ type ¦ unique ¦ unique_key ¦
unit_tests ¦ updated_at ¦ values ¦ vars ¦ version ¦ versions ¦ view ¦ warn_if ¦ where ¦ {{ ¦
{{ env_var('NOPE') }} ¦ {{ target.name }} ¦ {{ var('x') }} ¦ ~
"""
)

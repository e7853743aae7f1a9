"""A small project that holds one of everything, as text: the tests build it, bend it and break it."""

from __future__ import annotations

DBT_PROJECT = """\
name: shop
version: "1.0"
config-version: 2
profile: shop
model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
test-paths: [tests/data]
clean-targets: [target]
models:
  shop:
    +contract: {enforced: true}
    staging: {+materialized: view, +schema: staging}
    marts: {+materialized: table, +schema: marts}
    free: {+materialized: table}
seeds:
  shop: {+schema: raw}
vars:
  as_of: null
  sample_as_of: "2024-06-01"
  reporting_timezone: UTC
  inputs_path: null
  input_locations: {}
  adapters: {}
  on_bad_rows: error
  revenue_basis: net
"""

PROFILES = """\
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('SHOP_WAREHOUSE', 'warehouse/build.duckdb') }}", threads: 2}
"""

SOURCES = """\
sources:
  - name: raw
    schema: raw
    config: {meta: {input_contract: true}}
    tables:
      - name: orders
        identifier: raw_orders
        description: One row is one order.
        config: {meta: {key: [order_id], required: true}}
        columns:
          - {name: order_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: customer_id, data_type: varchar}
          - {name: ordered_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: amount, data_type: "decimal(18,4)", config: {meta: {required: true}}}
          - {name: country, data_type: varchar}
"""

# ann: 10.50 + 20 - ...; bob: one order; one order without a customer
ORDERS = """\
order_id,customer_id,ordered_at,amount,country
o1,ann,2024-01-05 10:00:00,10.50,DE
o2,bob,2024-01-06 00:00:00,20.00,FR
o3,ann,2024-02-07 23:59:59,30.25,DE
o4,,2024-03-01 12:00:00,5.00,DE
"""

STG_ORDERS = """\
-- One row is one order.
with source as (select * from {{ source("raw", "orders") }})

select
    cast(order_id as varchar) as order_id,
    cast(customer_id as varchar) as customer_id,
    cast(ordered_at as timestamp) as ordered_at,
    cast(ordered_at as date) as order_date,
    cast(amount as decimal(18, 4)) as amount,
    cast(country as varchar) as country
from source
where ordered_at < {{ as_of() }}
"""

STG_ORDERS_YML = """\
models:
  - name: stg_orders
    description: One row is one order.
    config: {tags: [daily]}
    columns:
      - {name: order_id, data_type: varchar, description: The order., data_tests: [unique, not_null]}
      - {name: customer_id, data_type: varchar, description: Who ordered.}
      - {name: ordered_at, data_type: timestamp, description: When.}
      - {name: order_date, data_type: date, description: The day.}
      - {name: amount, data_type: "decimal(18,4)", description: How much.}
      - name: country
        data_type: varchar
        description: Where.
        data_tests:
          - relationships: {arguments: {to: ref('countries'), field: code}}
    data_tests:
      - primary_key: {arguments: {columns: [order_id]}}
"""

CUSTOMER_ORDERS = """\
-- One row is one customer who ordered.
with
    orders as (select * from {{ ref("stg_orders") }}),

    counted as (
        select customer_id, count(*) as orders, sum(amount) as revenue
        from orders
        where customer_id is not null
        group by customer_id
    )

select
    customer_id,
    cast(orders as bigint) as orders,
    cast(revenue as decimal(18, 4)) as revenue,
    cast(revenue / orders as double) as revenue_per_order
from counted
"""

CUSTOMER_ORDERS_YML = """\
models:
  - name: customer_orders
    description: One row is one customer who ordered.
    columns:
      - {name: customer_id, data_type: varchar, description: The customer's id.}
      - {name: orders, data_type: bigint, description: Number of orders.}
      - {name: revenue, data_type: "decimal(18,4)", description: Sum of the amounts.}
      - {name: revenue_per_order, data_type: double, description: revenue / orders.}
    data_tests:
      - primary_key: {arguments: {columns: [customer_id]}}
      - expression_is_true: {arguments: {expression: "orders > 0"}}

unit_tests:
  - name: orders_without_a_customer_are_left_out
    model: customer_orders
    given:
      - input: ref('stg_orders')
        format: csv
        rows: |
          order_id,customer_id,amount
          o1,ann,1.00
          o2,ann,2.00
          o3,,4.00
    expect:
      format: csv
      rows: |
        customer_id,orders,revenue,revenue_per_order
        ann,2,3.0000,1.5
"""

COUNTRY_ORDERS = """\
-- One row is one country.
select country, cast(count(*) as bigint) as orders
from {{ ref("stg_orders") }}
group by country
"""

COUNTRY_ORDERS_YML = """\
models:
  - name: country_orders
    description: One row is one country.
    config: {tags: [weekly]}
    columns:
      - {name: country, data_type: varchar, description: The country.}
      - {name: orders, data_type: bigint, description: Number of orders.}
    data_tests:
      - primary_key: {arguments: {columns: [country]}}
"""

COUNTRIES = "code,name\nDE,Germany\nFR,France\n"

SEEDS_YML = """\
seeds:
  - name: countries
    description: One row is one country.
    config: {column_types: {code: varchar, name: varchar}}
    columns:
      - {name: code, description: The code., data_tests: [unique]}
"""

MACROS = """\
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{% macro as_of() -%}
    cast('{{ var("as_of") or var("sample_as_of") }}' as timestamp)
{%- endmacro %}
"""

SINGULAR = """\
select * from {{ ref("customer_orders") }} where revenue < 0
"""

FILES = {
    "dbt_project.yml": DBT_PROJECT,
    "profiles.yml": PROFILES,
    "models/raw/sources.yml": SOURCES,
    "models/staging/stg_orders.sql": STG_ORDERS,
    "models/staging/stg_orders.yml": STG_ORDERS_YML,
    "models/marts/customer_orders.sql": CUSTOMER_ORDERS,
    "models/marts/customer_orders.yml": CUSTOMER_ORDERS_YML,
    "models/marts/country_orders.sql": COUNTRY_ORDERS,
    "models/marts/country_orders.yml": COUNTRY_ORDERS_YML,
    "seeds/raw_orders.csv": ORDERS,
    "seeds/countries.csv": COUNTRIES,
    "seeds/seeds.yml": SEEDS_YML,
    "macros/macros.sql": MACROS,
    "tests/data/assert_revenue_is_not_negative.sql": SINGULAR,
}

"""A small shop whose customers can be forgotten: accounts, guests, surveys, a resolver, two marts.

Ann has two accounts with one address, a1 and a2, and one order as a guest; Bob is somebody else.
"""

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
models:
  shop:
    staging: {+materialized: view, +schema: staging}
    intermediate: {+materialized: table, +schema: intermediate}
    marts: {+materialized: table, +schema: marts}
vars:
  as_of: "2024-06-01"
  reporting_timezone: UTC
  inputs_path: inputs
  input_locations: {}
  adapters: {}
  on_bad_rows: quarantine
  guest_policy: resolve_by_email
  publish: {parquet: {path: warehouse/parquet}}
"""

# Uncompressed, so that a search through the bytes of a file finds what stands in it.
PROFILES = """\
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: warehouse/build.duckdb
      threads: 2
      settings: {force_compression: uncompressed}
"""

SOURCES = """\
sources:
  - name: raw
    schema: raw
    config: {meta: {input_contract: true}}
    tables:
      - name: customers
        identifier: raw_customers
        config: {meta: {key: [customer_id], required: true}}
        columns:
          - {name: customer_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: created_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: email, data_type: varchar, config: {meta: {pii: direct}}}
          - {name: phone, data_type: varchar, config: {meta: {pii: direct}}}
          - {name: full_name, data_type: varchar, config: {meta: {pii: direct}}}
          - {name: merged_into_customer_id, data_type: varchar}
          - {name: erased_at, data_type: timestamp}
      - name: orders
        identifier: raw_orders
        config: {meta: {key: [order_id], required: true}}
        columns:
          - {name: order_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: customer_id, data_type: varchar}
          - {name: email, data_type: varchar, config: {meta: {pii: direct}}}
          - {name: amount, data_type: "decimal(18,4)", config: {meta: {required: true}}}
      - name: survey_responses
        identifier: raw_survey_responses
        config: {meta: {key: [response_id], required: false}}
        columns:
          - {name: response_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: customer_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: score, data_type: integer}
          - {name: comment, data_type: varchar, config: {meta: {pii: direct}}}
      - name: events
        identifier: raw_events
        config: {meta: {key: [event_id], required: false}}
        columns:
          - {name: event_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: user_id, data_type: varchar}
          - {name: anonymous_id, data_type: varchar, config: {meta: {pii: quasi}}}
      - name: consent
        identifier: raw_consent
        config: {meta: {key: [customer_id], required: false}}
        columns:
          - {name: customer_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: status, data_type: varchar}
      - name: erasure_requests
        identifier: raw_erasure_requests
        config: {meta: {key: [request_id], required: false}}
        columns:
          - {name: request_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: customer_id, data_type: varchar, config: {meta: {required: true}}}
          - {name: requested_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: completed_at, data_type: timestamp}
"""

RESOLUTION = """\
-- One row is one customer id: who it is, by e-mail or merge.
with
    requested as (
        select distinct customer_id
        from {{ ref("stg_erasure_requests") }}
        where completed_at is not null
    ),

    ids as (
        select customer_id as id, coalesce(merged_into_customer_id, email_hash, customer_id) as mark, created_at
        from {{ ref("stg_customers") }}
        union all
        select distinct 'email_' || email_hash, email_hash, cast('9999-01-01' as timestamp)
        from {{ ref("stg_orders") }}
        where customer_id is null and email_hash is not null
    ),

    -- the account merged into, else the first id with the same address
    firsts as (select mark, min(id) as first_id from ids group by mark),

    marked as (
        select ids.*, coalesce(targets.id, firsts.first_id) as person
        from ids
        left join ids as targets on ids.mark = targets.id
        left join firsts on ids.mark = firsts.mark
    ),

    grouped as (
        select
            *,
            first_value(id) over (
                partition by person order by id <> person, created_at, id
            ) as canonical_id
        from marked
    ),

    judged as (
        select
            *,
            max(case when id in (select customer_id from requested) then 1 else 0 end) over (
                partition by canonical_id
            ) = 1 as is_gone
        from grouped
    )

select
    id as source_customer_id,
    case when is_gone then {{ erased_id("canonical_id") }} else canonical_id end as customer_id,
    case when is_gone then 'erased' else 'self' end as resolution_rule,
    id = canonical_id as is_canonical
from judged
"""

STAGED = {
    "customers": "customer_id, created_at, merged_into_customer_id, {{ hash_identifier('email') }} as email_hash",
    "orders": "order_id, customer_id, amount, {{ hash_identifier('email') }} as email_hash",
    "survey_responses": "response_id, customer_id, score",
    "events": "event_id, user_id, anonymous_id",
    "consent": "customer_id, status",
    "erasure_requests": "customer_id, completed_at",
}

CUSTOMER_ORDERS = """\
-- One row is one customer.
select
    coalesce(resolution.customer_id, 'guest') as customer_id,
    cast(count(*) as bigint) as orders,
    cast(sum(orders.amount) as decimal(18, 4)) as revenue
from {{ ref("stg_orders") }} as orders
left join
    {{ ref("resolution") }} as resolution
    on coalesce(orders.customer_id, 'email_' || orders.email_hash) = resolution.source_customer_id
group by 1
"""

SCORES = """\
-- One row is one answer.
select
    resolution.customer_id,
    answers.score,
    (select count(distinct coalesce(user_id, anonymous_id)) from {{ ref("stg_events") }}) as visitors,
    (select count(*) from {{ ref("stg_consent") }}) as decisions
from {{ ref("stg_survey_responses") }} as answers
inner join {{ ref("resolution") }} as resolution on answers.customer_id = resolution.source_customer_id
"""

INPUTS = {
    "customers": """\
customer_id,created_at,email,phone,full_name
acct-ann-1,2024-01-01 00:00:00,Ann.Lee@mail.example,+15550001111,Ann Leonora Lee
acct-ann-2,2024-02-01 00:00:00, ann.lee@MAIL.example,,Leonora L
acct-bob-1,2024-01-01 00:00:00,bob@mail.example,+15550002222,Bob Nobody
""",
    "orders": """\
order_id,customer_id,email,amount
o1,acct-ann-1,,10.00
o2,acct-ann-2,ann.lee@mail.example,20.00
o3,,ANN.LEE@mail.example,30.00
o4,acct-bob-1,,40.00
o5,acct-ann-1,,much
""",
    "survey_responses": """\
response_id,customer_id,score,comment
v1,acct-ann-1,9,I am Ann Leonora Lee and I love it
v2,acct-bob-1,7,fine
""",
    "events": """\
event_id,user_id,anonymous_id
e1,acct-ann-2,cookie-of-ann
e2,,cookie-of-ann
e3,acct-bob-1,cookie-of-bob
""",
    "consent": "customer_id,status\nacct-ann-1,granted\nacct-bob-1,granted\n",
}

# Whatever says who Ann is.
TRACES = (
    "acct-ann-1",
    "acct-ann-2",
    "ann.lee@mail.example",
    "+15550001111",
    "ann leonora lee",
    "leonora l",
    "cookie-of-ann",
)


def files(identity_macros: str) -> dict[str, str]:
    """Path -> text of the whole project."""
    found = {
        "dbt_project.yml": DBT_PROJECT,
        "profiles.yml": PROFILES,
        "models/raw/sources.yml": SOURCES,
        "models/intermediate/resolution.sql": RESOLUTION,
        "models/marts/customer_orders.sql": CUSTOMER_ORDERS,
        "models/marts/scores.sql": SCORES,
        "models/models.yml": "models:\n"
        "  - name: resolution\n    config: {meta: {resolves_customers: true}}\n"
        "  - name: customer_orders\n    data_tests:\n"
        "      - not_null: {arguments: {column_name: customer_id}}\n",
        "macros/identity.sql": identity_macros,
        "macros/schema.sql": "{% macro generate_schema_name(name, node) -%}"
        " {{ (name or target.schema) | trim }} {%- endmacro %}\n",
    }
    for table, columns in STAGED.items():
        found[f"models/staging/stg_{table}.sql"] = (
            f"-- One row of {table}.\nselect {columns} from {{{{ source('raw', '{table}') }}}}\n"
        )
    found |= {f"inputs/{table}.csv": text for table, text in INPUTS.items()}
    return found

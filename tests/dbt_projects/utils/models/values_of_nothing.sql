{% set absent = dbt_utils.get_column_values(
    table=api.Relation.create(database=target.database, schema=target.schema, identifier="nowhere"),
    column="x", default=["fallback"]
) %}
select '{{ absent | join("|") }}' as absent

{{ dbt_utils.union_relations(
    relations=[ref("part_one"), ref("part_two")], exclude=["note", "OTHER"], column_override={"amount": "varchar"},
    source_column_name="source_of_it", where="id <> 3"
) }}

{{ dbt_utils.union_relations([ref("part_one"), ref("part_two")], include=["ID", "other"], source_column_name=none) }}

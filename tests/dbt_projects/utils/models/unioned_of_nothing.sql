{{ dbt_utils.union_relations([ref("part_one"), ref("part_two")], include=["no_such_column"]) }}

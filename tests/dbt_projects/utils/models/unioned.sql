{{ dbt_utils.union_relations(relations=[ref("part_one"), ref("part_two")]) }}

{{ dbt_utils.deduplicate(relation=ref("versions"), partition_by="id", order_by="changed_on desc") }}

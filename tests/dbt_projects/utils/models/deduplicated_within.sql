with named as (select id, name, changed_on from {{ ref("versions") }} where name is not null)
{{ dbt_utils.deduplicate(relation="named", partition_by="id, name", order_by="changed_on") | replace("with row_numbered", ", row_numbered") }}

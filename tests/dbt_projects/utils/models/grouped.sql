select size, color, sum(amount) as amount from {{ ref("sales") }} {{ dbt_utils.group_by(n=2) }}

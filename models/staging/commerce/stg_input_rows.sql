-- One row is one canonical table: how many rows came in, and how many different keys.
with
    final as (
        {% for name, key in [("customers", "customer_id"), ("orders", "order_id"), ("refunds", "refund_id")] %}
            select
                cast('{{ name }}' as varchar) as table_name,
                cast(count(*) as bigint) as input_rows,
                cast(count(distinct {{ key }}) as bigint) as input_keys,
            from {{ canonical(name) }} {{ "union all" if not loop.last }}
        {% endfor %}
    )

select *
from final

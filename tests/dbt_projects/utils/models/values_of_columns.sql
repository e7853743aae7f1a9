{% set sizes = dbt_utils.get_column_values(table=ref("sales"), column="size") %}
{% set ordered = dbt_utils.get_column_values(ref("sales"), "color", order_by="max(amount) desc", max_records=2) %}
{% set some = dbt_utils.get_column_values(table=ref("sales"), column="color", where="size = 'M'", order_by="color") %}
{% set numbers = dbt_utils.get_column_values(ref("sales"), "amount", order_by="amount") %}
{% set empty = dbt_utils.get_column_values(ref("sales"), "size", where="false", default=["nothing"]) %}
select
    '{{ sizes | join("|") }}' as sizes,
    '{{ ordered | join("|") | replace("'", "") }}' as ordered,
    '{{ some | join("|") | replace("'", "") }}' as some,
    {{ numbers | sum }} as total,
    '{{ empty | join("|") }}' as empty

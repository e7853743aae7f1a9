{% set highest %}select max(score) from {{ ref("people") }}{% endset %}
select
    {{ dbt_utils.get_single_value(highest, default=0) }} as highest,
    '{{ dbt_utils.get_single_value("select name from " ~ ref("people") ~ " where id = 3", default="nobody") }}' as third,
    '{{ dbt_utils.get_single_value("select name from " ~ ref("people") ~ " where id = 99", default="nobody") }}' as missing

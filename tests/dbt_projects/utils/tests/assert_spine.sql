{% set days = dbt_utils.get_column_values(ref("spine_of_days"), "date_day", order_by="1") %}
select {{ days | length }} as days where {{ days | length }} <> 4

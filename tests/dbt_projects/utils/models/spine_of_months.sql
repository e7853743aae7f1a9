{{ dbt_utils.date_spine("month", "cast('2023-11-01' as date)", dbt.dateadd("month", 5, "cast('2023-11-01' as date)")) }}

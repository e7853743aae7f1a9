{{ dbt_utils.date_spine("hour", "cast('2024-01-01 22:00:00' as timestamp)", "cast('2024-01-02 02:00:00' as timestamp)") }}

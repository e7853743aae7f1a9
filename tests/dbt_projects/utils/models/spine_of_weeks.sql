with weeks as (
    {{ dbt_utils.date_spine("week", "cast('2024-01-01' as date)", "cast('2024-02-12' as date)") }}
)
select cast(date_week as date) as week_start, {{ dbt_utils.get_intervals_between("cast('2024-01-01' as date)", "cast('2024-02-12' as date)", "week") }} as weeks
from weeks

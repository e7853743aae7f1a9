-- One row is one day at whose start customers and accounts are judged: the day of
-- as_of,
-- and the month starts before it.
with
    months_back as (
        select n from (values {{ number_rows(var("health_snapshots")) }}) as list(n)
    ),

    days as (
        select
            n,
            case
                when n = 0
                then {{ as_of_date() }}
                else
                    {{ add_periods(
                        "month", period_start("month", add_days(as_of_date(), -1)), "1 - n"
                    ) }}
            end as snapshot_date
        from months_back
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast({{ add_days("snapshot_date", -28) }} as date) as from_28,
            cast({{ add_days("snapshot_date", -56) }} as date) as from_56,
            cast({{ add_days("snapshot_date", -84) }} as date) as from_84,
            cast(n = 0 as boolean) as is_current
        from days
    )

select *
from final

-- One row is one time that a customer was in a segment: since when, until when.
with
    spells as (select * from {{ ref("int_segment_spells") }}),

    final as (
        select
            segment_type,
            segment,
            customer_id,
            entry_number,
            entered_date,
            left_date,
            cast(
                {{ from_reporting_time("cast(entered_date as timestamp)") }}
                as timestamp
            ) as entered_at,
            cast(
                {{ from_reporting_time("cast(left_date as timestamp)") }} as timestamp
            ) as left_at,
            cast(left_date is null as boolean) as is_current,
            {{ days_between("entered_date", "coalesce(left_date, " ~ as_of_date() ~ ")") }}
            as days_in_segment,
            is_left_censored
        from spells
    )

select *
from final

-- One row is one survey that was answered or sent as the source knows it; newest load
-- of each key.
with
    source as (select * from {{ canonical("survey_responses") }}),

    newest as (
        select *
        from source
        qualify
            row_number() over (
                partition by response_id
                order by
                    _loaded_at desc nulls last,
                    responded_at desc nulls last,
                    score desc nulls last
            )
            = 1
    ),

    final as (
        select
            cast(response_id as varchar) as response_id,
            cast(customer_id as varchar) as customer_id,
            cast(account_id as varchar) as account_id,
            cast(survey_type as varchar) as survey_type,
            cast(score as decimal(9, 4)) as score,
            cast(comment as varchar) as comment,
            cast(sent_at as timestamp) as sent_at,
            cast(responded_at as timestamp) as responded_at,
            cast({{ to_reporting_time('sent_at') }} as timestamp) as sent_at_local,
            cast(
                {{ to_reporting_time('responded_at') }} as timestamp
            ) as responded_at_local,
            cast({{ to_reporting_time('responded_at') }} as date) as responded_date,
            cast(_loaded_at as timestamp) as _loaded_at
        from newest
    )

select *
from final

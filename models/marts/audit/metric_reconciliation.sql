-- One row is one identity between the marts: both sides, and who breaks it.
with
    checks as (select * from {{ ref("reconciliation_checks") }}),

    terms as (select * from {{ ref("reconciliation_terms") }}),

    measures as (
        select measure, amount
        from {{ ref("int_reconciliation_orders") }}
        union all
        select measure, amount
        from {{ ref("int_reconciliation_customers") }}
        union all
        select measure, amount
        from {{ ref("metric_reconciliation_orders") }}
        union all
        select measure, amount
        from {{ ref("metric_reconciliation_cohorts") }}
        union all
        select measure, amount
        from {{ ref("metric_reconciliation_repeat") }}
        union all
        select measure, amount
        from {{ ref("metric_reconciliation_segments") }}
        union all
        select measure, amount
        from {{ ref("metric_reconciliation_mrr") }}
        union all
        select measure, amount
        from {{ ref("int_reconciliation_subscriptions") }}
    ),

    sides as (
        select
            terms.check_name,
            sum(measures.amount) filter (where terms.side = 'expected') as expected,
            sum(measures.amount) filter (where terms.side = 'actual') as actual,
            count(*) - count(measures.amount) as unknown_terms,
        from terms
        left join measures on terms.measure = measures.measure
        group by terms.check_name
    ),

    numbered as (
        select
            check_name,
            offender,
            row_number() over (
                partition by check_name order by offender nulls last, kind nulls last
            ) as place,
        from {{ ref("metric_reconciliation_offenders") }}
    ),

    offenders as (
        select
            check_name,
            count(*) as offenders,
            max(case when place = 1 then offender end)
            || coalesce(', ' || max(case when place = 2 then offender end), '')
            || coalesce(', ' || max(case when place = 3 then offender end), '')
            || case when count(*) > 3 then ', ...' else '' end as offender_sample,
        from numbered
        group by check_name
    ),

    compared as (
        select
            checks.check_name,
            checks.description,
            checks.model,
            sides.expected,
            sides.actual,
            sides.actual - sides.expected as difference,
            checks.tolerance,
            sides.unknown_terms,
            coalesce(offenders.offenders, 0) as offenders,
            offenders.offender_sample,
        from checks
        left join sides on checks.check_name = sides.check_name
        left join offenders on checks.check_name = offenders.check_name
    ),

    final as (
        select
            cast(check_name as varchar) as check_name,
            cast(description as varchar) as description,
            cast(model as varchar) as model,
            {{ money("expected") }} as expected,
            {{ money("actual") }} as actual,
            {{ money("difference") }} as difference,
            {{ money("tolerance") }} as tolerance,
            coalesce(
                abs(difference) <= tolerance and unknown_terms = 0 and offenders = 0,
                false
            ) as is_ok,
            cast(offenders as bigint) as offenders,
            cast(offender_sample as varchar) as offender_sample,
        from compared
    )

select *
from final

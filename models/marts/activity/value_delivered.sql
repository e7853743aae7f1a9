-- One row is one account, month and value metric: the worth that the account got,
-- beside
-- what it paid for the month.
with
    worth as (select * from {{ ref("int_account_value") }}),

    members as (select * from {{ ref("int_account_members") }} where is_primary),

    paid as (select * from {{ ref("fct_mrr_customer_month") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    began as (
        select account_id, value_metric, min(month) as first_month
        from worth
        group by account_id, value_metric
    ),

    spine as (
        select
            account_id,
            value_metric,
            {{ add_periods("month", "first_month", "period_number") }} as month
        from began
        inner join
            numbers
            on period_number
            <= {{ months_between("first_month", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    account_mrr as (
        select
            members.account_id,
            paid.month,
            sum(paid.mrr_reporting) as mrr,
            min(paid.reporting_currency) as currency,
            count(*) as paid_rows,
            count(paid.mrr_reporting) as rated_rows
        from paid
        inner join members on paid.customer_id = members.customer_id
        group by members.account_id, paid.month
    ),

    joined as (
        select
            spine.account_id,
            spine.month,
            spine.value_metric,
            coalesce(worth.events, 0) as events,
            coalesce(worth.events_with_value, 0) as events_with_value,
            coalesce(worth.value, 0) as value,
            -- an amount without a rate makes no sum
            case when paid_rows = rated_rows then account_mrr.mrr end as mrr,
            account_mrr.currency,
            cast({{ add_periods("month", "spine.month", 1) }} as timestamp)
            <= {{ as_of() }} as is_complete
        from spine
        left join worth using (account_id, month, value_metric)
        left join account_mrr using (account_id, month)
    ),

    final as (
        select
            cast(account_id as varchar) as account_id,
            cast(month as date) as month,
            cast(value_metric as varchar) as value_metric,
            cast(events as bigint) as events,
            cast(events_with_value as bigint) as events_with_value,
            {{ money("value") }} as value,
            {{ money("mrr") }} as mrr,
            cast(currency as varchar) as currency,
            case when is_complete then {{ safe_divide("value", "mrr") }} end as roi,
            {{ safe_divide("value", "mrr") }} as roi_partial,
            is_complete
        from joined
    )

select *
from final

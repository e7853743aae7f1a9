-- The customers whose first MRR fell into one month: who and how much is left k
-- months on?
with
    customer_months as (select * from {{ ref("fct_mrr_customer_month") }}),

    -- reporting view: a customer with two currencies is one customer
    viewed as (
        select 'native' as view, currency, customer_id, month, is_complete, mrr, is_sub
        from customer_months
        union all
        select
            'reporting',
            reporting_currency,
            customer_id,
            month,
            is_complete,
            sum(mrr_reporting),
            bool_or(is_sub)
        from customer_months
        where reporting_currency is not null and mrr_reporting is not null
        group by reporting_currency, customer_id, month, is_complete
    ),

    starts as (
        select view, currency, customer_id, month as cohort_month, mrr as first_mrr
        from viewed
        where mrr > 0
        qualify
            row_number() over (
                partition by view, currency, customer_id order by month nulls last
            )
            = 1
    ),

    followed as (
        select
            viewed.*,
            starts.cohort_month,
            starts.first_mrr,
            {{ months_between("starts.cohort_month", "viewed.month") }} as period_number
        from viewed
        inner join starts using (view, currency, customer_id)
        where viewed.month >= starts.cohort_month
    ),

    counted as (
        select
            view,
            currency,
            cohort_month,
            period_number,
            month,
            is_complete,
            count(*) as size,
            sum(case when mrr > 0 then 1 else 0 end) as active,
            sum(case when is_sub then 1 else 0 end) as subscribed,
            sum(first_mrr) as first_mrr,
            sum(mrr) as mrr,
            sum(least(mrr, first_mrr)) as capped_mrr
        from followed
        group by view, currency, cohort_month, period_number, month, is_complete
    ),

    rated as (
        select
            *,
            {{ safe_divide("active", "size") }} as customers_kept,
            {{ safe_divide("mrr", "first_mrr") }} as net_kept,
            {{ safe_divide("capped_mrr", "first_mrr") }} as gross_kept
        from counted
    ),

    final as (
        select
            cast(cohort_month as date) as cohort_month,
            cast(strftime(cohort_month, '%Y-%m') as varchar) as cohort_label,
            cast(period_number as bigint) as period_number,
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            cast(size as bigint) as cohort_size,
            cast(active as bigint) as active_customers,
            cast(subscribed as bigint) as subscribed_customers,
            {{ money("first_mrr") }} as first_mrr,
            {{ money("mrr") }} as mrr,
            {{ money("capped_mrr") }} as capped_mrr,
            case when is_complete then customers_kept end as customer_retention_rate,
            case when is_complete then net_kept end as net_mrr_retention,
            case when is_complete then gross_kept end as gross_mrr_retention,
            customers_kept as customer_retention_rate_partial,
            net_kept as net_mrr_retention_partial,
            gross_kept as gross_mrr_retention_partial,
            cast(is_complete as boolean) as is_complete,
            size < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final

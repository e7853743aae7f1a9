-- One row is one total of MRR. Amounts are added over the native currencies: both sides
-- of an identity add up the same ones.
with
    waterfall as (
        select
            sum(net_new_mrr) as net_new_mrr,
            sum(closing_mrr) as closing_mrr,
            sum(paying_customers) as paying_customers,
            max(month) as last_month,
        from {{ ref("mrr_waterfall") }}
        where view = 'native'
    ),

    last_closing as (
        select sum(months.closing_mrr) as last_closing_mrr
        from {{ ref("mrr_waterfall") }} as months
        inner join waterfall on months.month = waterfall.last_month
        where months.view = 'native'
    ),

    customer_months as (
        select
            sum(movement_amount) as month_movements,
            sum(mrr) as month_mrr,
            count(*) filter (where mrr > 0) as paying_months,
            count(distinct customer_id) as mrr_customers,
        from {{ ref("fct_mrr_customer_month") }}
    ),

    ledger as (
        select sum(movement_amount) as ledger_movements
        from {{ ref("fct_mrr_movements") }}
    ),

    daily as (select sum(mrr_change) as daily_changes from {{ ref("mrr_daily") }}),

    described as (
        select count(mrr_started_at) as dim_mrr_customers
        from {{ ref("dim_customers") }}
    ),

    measures as (
        select 'waterfall_net_new_mrr' as measure, net_new_mrr as amount
        from waterfall
        union all
        select 'waterfall_closing_mrr' as measure, closing_mrr as amount
        from waterfall
        union all
        select 'waterfall_paying_customers' as measure, paying_customers as amount
        from waterfall
        union all
        select 'last_closing_mrr' as measure, last_closing_mrr as amount
        from last_closing
        union all
        select 'customer_month_movements' as measure, month_movements as amount
        from customer_months
        union all
        select 'customer_month_mrr' as measure, month_mrr as amount
        from customer_months
        union all
        select 'paying_customer_months' as measure, paying_months as amount
        from customer_months
        union all
        select 'mrr_customers' as measure, mrr_customers as amount
        from customer_months
        union all
        select 'ledger_movements' as measure, ledger_movements as amount
        from ledger
        union all
        select 'daily_mrr_changes' as measure, daily_changes as amount
        from daily
        union all
        select 'dim_mrr_customers' as measure, dim_mrr_customers as amount
        from described
    ),

    final as (
        select
            cast(measure as varchar) as measure,
            {{ money("coalesce(amount, 0)") }} as amount,
        from measures
    )

select *
from final

-- Months in which the channels of acquisition_quality (with unattributed) do not add
-- up to
-- all customers of the cohort, or to all spend.
with
    channels as (
        select
            cohort_month,
            sum(new_customers) as customers,
            sum(coalesce(spend, 0)) as spend,
            sum(coalesce(retention_spend, 0)) as retention_spend
        from {{ ref("acquisition_quality") }}
        group by cohort_month
    ),

    cohorts as (
        select cohort_start as cohort_month, count(*) as customers
        from {{ ref("int_customer_cohorts") }}
        where cohort_grain = 'month'
        group by cohort_start
    ),

    bills as (
        select
            month as cohort_month,
            channel,
            sum(case when not is_retention_spend then amount_reporting end) as spend,
            sum(
                case when is_retention_spend then amount_reporting end
            ) as retention_spend
        from {{ ref("int_marketing_spend") }}
        group by month, channel
        -- a channel without a rate has no sum of the month
        having count(*) = count(amount_reporting)
    ),

    billed as (
        select
            cohort_month,
            sum(coalesce(spend, 0)) as spend,
            sum(coalesce(retention_spend, 0)) as retention_spend
        from bills
        group by cohort_month
    )

select
    coalesce(
        channels.cohort_month, cohorts.cohort_month, billed.cohort_month
    ) as cohort_month,
    channels.customers,
    cohorts.customers as expected_customers,
    channels.spend,
    billed.spend as expected_spend,
    channels.retention_spend,
    billed.retention_spend as expected_retention_spend
from channels
full join cohorts on channels.cohort_month = cohorts.cohort_month
full join
    billed
    on coalesce(channels.cohort_month, cohorts.cohort_month) = billed.cohort_month
where
    coalesce(channels.customers, 0) <> coalesce(cohorts.customers, 0)
    or coalesce(channels.spend, 0) <> coalesce(billed.spend, 0)
    or coalesce(channels.retention_spend, 0) <> coalesce(billed.retention_spend, 0)

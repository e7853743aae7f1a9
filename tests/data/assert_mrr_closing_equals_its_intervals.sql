-- Customers whose MRR at the end of a month is not the sum of their items that are
-- valid
-- at that instant: the definition, recounted without the deltas for the last three
-- years.
with
    months as (
        select *
        from {{ ref("int_mrr_months") }}
        where {{ add_periods("month", "month", 36) }} >= {{ as_of_date() }}
    ),

    recounted as (
        select
            intervals.customer_id,
            intervals.currency,
            months.month,
            cast(sum(intervals.mrr) as decimal(18, 4)) as mrr,
            max(case when intervals.is_sub then 1 else 0 end) = 1 as is_sub
        from months
        inner join
            {{ ref("int_mrr_intervals") }} as intervals
            on intervals.valid_from_local < months.month_end
            and coalesce(intervals.valid_to_local, cast('9999-12-31' as timestamp))
            >= months.month_end
        group by intervals.customer_id, intervals.currency, months.month
    ),

    published as (
        select fct.customer_id, fct.currency, fct.month, fct.mrr, fct.is_sub
        from {{ ref("fct_mrr_customer_month") }} as fct
        inner join months on fct.month = months.month
    )
select
    coalesce(published.customer_id, recounted.customer_id) as customer_id,
    coalesce(published.currency, recounted.currency) as currency,
    coalesce(published.month, recounted.month) as month,
    published.mrr,
    recounted.mrr as recounted_mrr,
    published.is_sub,
    recounted.is_sub as recounted_is_sub
from published
full join
    recounted
    on published.customer_id = recounted.customer_id
    and published.currency = recounted.currency
    and published.month = recounted.month
where
    coalesce(published.mrr, 0) <> coalesce(recounted.mrr, 0)
    or (
        published.month is not null
        and published.is_sub <> coalesce(recounted.is_sub, false)
    )

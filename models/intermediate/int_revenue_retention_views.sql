-- One month against the one k months before, natively and in the reporting currency.
with
    months as (select * from {{ ref("int_revenue_retention_months") }}),

    rates as (select * from {{ ref("int_mrr_rates") }}),

    -- constant currency: then and now at the rate of then
    converted as (
        select
            months.*,
            rates.reporting_currency,
            coalesce(base_rates.rate, rates.rate) as rate
        from months
        inner join
            rates on months.month = rates.month and months.currency = rates.currency
        left join
            rates as base_rates
            on months.base_month = base_rates.month
            and months.currency = base_rates.currency
    ),

    viewed as (
        select
            'native' as view,
            currency,
            month,
            base_month,
            window_months,
            segment_type,
            segment,
            is_complete,
            base_customers,
            retained_customers,
            opening_mrr,
            expansion_mrr,
            contraction_mrr,
            churned_mrr,
            reactivation_mrr
        from months
        union all
        select
            'reporting',
            reporting_currency,
            month,
            base_month,
            window_months,
            segment_type,
            segment,
            is_complete,
            sum(base_customers),
            sum(retained_customers),
            {{ money("sum(cast(opening_mrr as decimal(28, 4)) * rate)") }},
            {{ money("sum(cast(expansion_mrr as decimal(28, 4)) * rate)") }},
            {{ money("sum(cast(contraction_mrr as decimal(28, 4)) * rate)") }},
            {{ money("sum(cast(churned_mrr as decimal(28, 4)) * rate)") }},
            {{ money("sum(cast(reactivation_mrr as decimal(28, 4)) * rate)") }}
        from converted
        where reporting_currency is not null and rate is not null
        group by
            reporting_currency,
            month,
            base_month,
            window_months,
            segment_type,
            segment,
            is_complete
    ),

    final as (
        select
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            cast(window_months as integer) as window_months,
            cast(base_month as date) as base_month,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(base_customers as bigint) as base_customers,
            cast(retained_customers as bigint) as retained_customers,
            {{ money("opening_mrr") }} as opening_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("reactivation_mrr") }} as reactivation_mrr,
            cast(is_complete as boolean) as is_complete
        from viewed
    )

select *
from final

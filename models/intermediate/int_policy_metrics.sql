-- One row is one metric of one month, view and currency: its value under the project's
-- own policies and under the policy set of the build. Ratios divide two of the sums.
with
    totals as (select * from {{ ref("int_policy_totals") }}),

    sums as (
        select
            metric,
            month,
            view,
            currency,
            is_complete,
            max(case when policies = 'own' then amount end) as own_amount,
            max(case when policies = 'build' then amount end) as amount
        from totals
        group by metric, month, view, currency, is_complete
    ),

    ratios as (
        select *
        from
            (values {{ policy_ratios() }}) as list(
                metric,
                numerator_metric,
                denominator_metric,
                base_metric,
                is_of_whole_months
            )
    ),

    divided as (
        select
            ratios.*,
            above.month,
            above.view,
            above.currency,
            above.is_complete,
            above.is_complete or not ratios.is_of_whole_months as has_value,
            above.own_amount as own_numerator,
            above.amount as numerator,
            below.own_amount as own_denominator,
            below.amount as denominator,
            base.amount as base_customers
        from ratios
        inner join sums as above on ratios.numerator_metric = above.metric
        inner join
            sums as below
            on ratios.denominator_metric = below.metric
            and above.month = below.month
            and above.view = below.view
            and above.currency = below.currency
        inner join
            sums as base
            on ratios.base_metric = base.metric
            and above.month = base.month
            and above.view = base.view
            and above.currency = base.currency
    ),

    final as (
        select
            cast(metric as varchar) as metric,
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            cast(own_amount as decimal(28, 10)) as own_value,
            cast(amount as decimal(28, 10)) as value,
            cast(null as varchar) as numerator_metric,
            cast(null as varchar) as denominator_metric,
            cast(null as decimal(18, 4)) as own_numerator,
            cast(null as decimal(18, 4)) as own_denominator,
            cast(null as decimal(18, 4)) as numerator,
            cast(null as decimal(18, 4)) as denominator,
            cast(null as decimal(18, 4)) as base_customers,
            cast(is_complete as boolean) as is_complete
        from sums
        union all
        select
            metric,
            month,
            view,
            currency,
            cast(
                case
                    when has_value
                    then {{ safe_divide("own_numerator", "own_denominator") }}
                end as decimal(28, 10)
            ),
            cast(
                case
                    when has_value then {{ safe_divide("numerator", "denominator") }}
                end as decimal(28, 10)
            ),
            numerator_metric,
            denominator_metric,
            own_numerator,
            own_denominator,
            numerator,
            denominator,
            base_customers,
            is_complete
        from divided
    )

select *
from final

-- Values of metric_policy_diff that are not those of the marts of this build.
with
    waterfall as (
        select
            waterfall.month,
            waterfall.view,
            waterfall.currency,
            metrics.metric,
            case
                metrics.metric
                when 'opening_mrr'
                then opening_mrr
                when 'new_mrr'
                then new_mrr
                when 'reactivation_mrr'
                then reactivation_mrr
                when 'expansion_mrr'
                then expansion_mrr
                when 'contraction_mrr'
                then contraction_mrr
                when 'churned_mrr'
                then churned_mrr
                when 'voluntary_churned_mrr'
                then voluntary_churned_mrr
                when 'involuntary_churned_mrr'
                then involuntary_churned_mrr
                when 'fx_mrr'
                then fx_mrr
                when 'closing_mrr'
                then closing_mrr
                when 'paying_customers'
                then paying_customers
            end as shown,
            case
                metrics.metric when 'quick_ratio' then quick_ratio when 'arpa' then arpa
            end as shown_ratio
        from {{ ref("mrr_waterfall") }} as waterfall
        inner join
            (
                values
                    ('opening_mrr'),
                    ('new_mrr'),
                    ('reactivation_mrr'),
                    ('expansion_mrr'),
                    ('contraction_mrr'),
                    ('churned_mrr'),
                    ('voluntary_churned_mrr'),
                    ('involuntary_churned_mrr'),
                    ('fx_mrr'),
                    ('closing_mrr'),
                    ('paying_customers'),
                    ('quick_ratio'),
                    ('arpa')
            ) as metrics(metric)
            on waterfall.view = 'native'
            or metrics.metric not in ('paying_customers', 'arpa')
    ),

    retention as (
        select
            month,
            view,
            currency,
            metrics.metric,
            case
                metrics.metric
                when 'retained_mrr'
                then retained_mrr
                when 'remaining_mrr'
                then remaining_mrr
            end as shown,
            case
                metrics.metric
                when 'nrr'
                then nrr
                when 'grr'
                then grr
                when 'net_mrr_churn_rate_incl_reactivation'
                then net_mrr_churn_rate_incl_reactivation
            end as shown_ratio
        from {{ ref("revenue_retention") }}
        cross join
            (
                values
                    ('retained_mrr'),
                    ('remaining_mrr'),
                    ('nrr'),
                    ('grr'),
                    ('net_mrr_churn_rate_incl_reactivation')
            ) as metrics(metric)
        where retention_window = '1m' and segment_type = 'all'
    ),

    logos as (
        select
            month,
            'customers' as view,
            'all' as currency,
            metrics.metric,
            case
                metrics.metric
                when 'opening_customers'
                then opening_customers
                when 'new_customers'
                then new_customers
                when 'reactivated_customers'
                then reactivated_customers
                when 'churned_customers'
                then churned_customers
                when 'churned_customers_involuntary'
                then churned_customers_involuntary
                when 'closing_customers'
                then closing_customers
            end as shown,
            case
                metrics.metric
                when 'customer_churn_rate'
                then customer_churn_rate
                when 'churn_rate_stripe'
                then churn_rate_stripe
            end as shown_ratio
        from {{ ref("logo_churn") }}
        cross join
            (
                values
                    ('opening_customers'),
                    ('new_customers'),
                    ('reactivated_customers'),
                    ('churned_customers'),
                    ('churned_customers_involuntary'),
                    ('closing_customers'),
                    ('customer_churn_rate'),
                    ('churn_rate_stripe')
            ) as metrics(metric)
        where basis = 'subscriptions' and segment_type = 'all'
    ),

    marts as (
        select month, view, currency, metric, shown, shown_ratio
        from waterfall
        union all
        select month, view, currency, metric, shown, shown_ratio
        from retention
        union all
        select month, view, currency, metric, shown, shown_ratio
        from logos
    ),

    compared as (select * from {{ ref("metric_policy_diff") }})

select
    marts.metric,
    marts.month,
    marts.view,
    marts.currency,
    compared.value,
    marts.shown,
    marts.shown_ratio
from marts
inner join (select distinct policy_set from compared) as active on true
left join
    compared
    on marts.metric = compared.metric
    and marts.month = compared.month
    and marts.view = compared.view
    and marts.currency = compared.currency
where
    (marts.view <> 'native' or marts.metric <> 'fx_mrr')
    and not coalesce(
        case
            when compared.numerator_metric is null
            then
                abs(compared.value - marts.shown)
                <= case when marts.view = 'reporting' then 0.001 else 0 end
            when compared.value is null
            then marts.shown_ratio is null
            else abs(cast(compared.value as double) - marts.shown_ratio) < 0.000001
        end,
        false
    )

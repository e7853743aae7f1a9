-- Why customers left in a month, and which groups leave more often than their share?
with
    leavers as (select * from {{ ref("int_cancel_segments") }}),

    customer_months as (select * from {{ ref("fct_mrr_customer_month") }}),

    customers as (select * from {{ ref("int_customers") }}),

    segment_types as (
        select segment_type
        from
            (values ('all'), ('acquisition_channel'), ('country'), ('plan')) as list(
                segment_type
            )
    ),

    -- everybody who was there when the month began
    opened as (
        select
            {{ add_periods("month", "month", 1) }} as month,
            currency,
            segment_type,
            case
                segment_type
                when 'acquisition_channel'
                then coalesce(acquisition_channel, 'unknown')
                when 'country'
                then coalesce(country, 'unknown')
                when 'plan'
                then coalesce(plan_id, 'unknown')
                else 'all'
            end as segment,
            count(*) as opening_customers
        from customer_months
        left join customers on customer_months.customer_id = customers.customer_id
        cross join segment_types
        where is_sub
        group by 1, 2, 3, 4
    ),

    shared as (
        select
            leavers.*,
            coalesce(own.opening_customers, 0) as opening_customers,
            coalesce(whole.opening_customers, 0) as all_opening_customers,
            sum(churned_customers) over (
                partition by
                    leavers.month,
                    leavers.currency,
                    end_type,
                    reason,
                    leavers.segment_type
            ) as all_churned_customers,
            cast({{ add_periods("month", "leavers.month", 1) }} as timestamp)
            <= {{ as_of() }} as is_complete
        from leavers
        left join
            opened as own
            on leavers.month = own.month
            and leavers.currency = own.currency
            and leavers.segment_type = own.segment_type
            and leavers.segment = own.segment
        left join
            opened as whole
            on leavers.month = whole.month
            and leavers.currency = whole.currency
            and whole.segment_type = 'all'
    ),

    rated as (
        select
            *,
            {{ safe_divide("churned_customers", "all_churned_customers") }}
            as share_of_churned,
            {{ safe_divide("opening_customers", "all_opening_customers") }}
            as share_of_opening
        from shared
    ),

    final as (
        select
            month,
            currency,
            end_type,
            reason,
            segment_type,
            segment,
            churned_customers,
            churned_mrr,
            tenure_months_sum,
            {{ safe_divide("tenure_months_sum", "churned_customers") }}
            as avg_tenure_months,
            cast(all_churned_customers as bigint) as all_churned_customers,
            cast(opening_customers as bigint) as opening_customers,
            cast(all_opening_customers as bigint) as all_opening_customers,
            share_of_churned,
            share_of_opening,
            case
                when is_complete
                then {{ safe_divide("share_of_churned", "share_of_opening") }}
            end as churn_index,
            {{ safe_divide("share_of_churned", "share_of_opening") }}
            as churn_index_partial,
            cast(is_complete as boolean) as is_complete,
            all_churned_customers < {{ policy("min_cell_size") }} as is_low_n
        from rated
    )

select *
from final

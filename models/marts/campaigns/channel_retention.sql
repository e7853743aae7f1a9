-- Customers of a month by how many channels they used, and by which: do they come back,
-- what are they worth?
with
    months as (select * from {{ ref("int_channel_months") }}),

    uses as (select * from {{ ref("int_channel_uses") }}),

    numbers as (select * from {{ ref("int_period_numbers") }}),

    reporting as (select reporting_currency from {{ ref("int_reporting_currency") }}),

    keyed as (
        select
            months.*,
            'channel_count' as segment_type,
            case
                when channels_used >= 4 then '4+' else cast(channels_used as varchar)
            end as segment
        from months
        union all
        select
            months.*,
            'channel',
            case
                when channel_kind = 'support'
                then channel
                else channel_kind || ' ' || channel
            end
        from months
        inner join
            uses on months.customer_id = uses.customer_id and months.month = uses.month
    ),

    counted as (
        select
            month,
            segment_type,
            segment,
            count(*) as customers,
            count(*) filter (where has_returned_90d) as returned,
            sum(net_revenue_90d) as net_revenue_90d,
            sum(net_revenue_to_date) as net_revenue_to_date
        from keyed
        group by month, segment_type, segment
    ),

    segments as (
        select segment_type, segment, min(month) as began
        from counted
        group by segment_type, segment
    ),

    spine as (
        select
            segment_type,
            segment,
            {{ add_periods("month", "began", "period_number") }} as month,
            cast(
                {{ add_periods("month", "began", "period_number + 1") }} as timestamp
            ) as ends_at
        from segments
        inner join
            numbers
            on period_number
            <= {{ months_between("began", "(" ~ as_of() ~ " - interval 1 microsecond)") }}
    ),

    filled as (
        select
            *,
            ends_at <= {{ as_of() }} as is_complete,
            ends_at + interval 90 day <= {{ as_of() }} as is_complete_90d
        from spine
        left join counted using (month, segment_type, segment)
    ),

    final as (
        select
            cast(month as date) as month,
            cast(segment_type as varchar) as segment_type,
            cast(segment as varchar) as segment,
            cast(coalesce(customers, 0) as bigint) as customers,
            cast(coalesce(returned, 0) as bigint) as returned_customers_90d,
            case
                when is_complete_90d then {{ safe_divide("returned", "customers") }}
            end as retention_rate_90d,
            {{ safe_divide("returned", "customers") }} as retention_rate_90d_partial,
            {{ money("coalesce(net_revenue_90d, 0)") }} as net_revenue_90d,
            case
                when is_complete_90d
                then {{ money(safe_divide("net_revenue_90d", "customers")) }}
            end as revenue_per_customer_90d,
            {{ money("coalesce(net_revenue_to_date, 0)") }} as net_revenue_to_date,
            {{ money(safe_divide("net_revenue_to_date", "customers")) }} as ltv_to_date,
            cast(reporting_currency as varchar) as currency,
            is_complete,
            is_complete_90d,
            coalesce(customers, 0) < {{ policy("min_cell_size") }} as is_low_n
        from filled
        cross join reporting
    )

select *
from final

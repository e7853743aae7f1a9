-- One row is one refund of a subscription's invoice and the part of the billed amount
-- that it takes away, from the refund to the end of the billed period.
with
    refunds as (
        select *
        from {{ ref("stg_refunds") }}
        where refunded_at_local < {{ as_of() }} and invoice_id is not null
    ),

    invoices as (
        select *, total - coalesce(tax, 0) as net_total
        from {{ ref("stg_invoices") }}
        where subscription_id is not null and period_end is not null
    ),

    joined as (
        select
            refunds.refund_id,
            invoices.invoice_id,
            invoices.subscription_id,
            greatest(refunds.refunded_at, invoices.period_start) as refunded_from,
            invoices.period_end as refunded_to,
            invoices.net_total,
            refunds.amount,
            sum(refunds.amount) over (
                partition by refunds.invoice_id
                order by refunds.refunded_at, refunds.refund_id
                rows between unbounded preceding and current row
            ) as refunded_to_date
        from refunds
        inner join invoices on refunds.invoice_id = invoices.invoice_id
        where invoices.net_total > 0 and refunds.refunded_at < invoices.period_end
    ),

    -- an invoice cannot be refunded more than whole
    shared as (
        select
            *,
            least(refunded_to_date, net_total)
            - least(refunded_to_date - amount, net_total) as counted_amount
        from joined
    ),

    final as (
        select
            cast(refund_id as varchar) as refund_id,
            cast(invoice_id as varchar) as invoice_id,
            cast(subscription_id as varchar) as subscription_id,
            cast(refunded_from as timestamp) as refunded_from,
            cast(refunded_to as timestamp) as refunded_to,
            {{ money("counted_amount") }} as refunded_amount,
            {{ money("net_total") }} as invoice_amount,
            {{ safe_divide("counted_amount", "net_total") }} as refunded_share
        from shared
    )

select *
from final

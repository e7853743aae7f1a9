-- The months hold every invoice that failed, with its amount, once.
with
    invoices as (
        select
            dunning_month as month,
            currency,
            count(*) as entered,
            sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
            sum(amount) as amount,
            sum(recovered_amount) as recovered_amount,
            min(customer_id) as first_customer,
            max(customer_id) as last_customer
        from {{ ref("dunning") }}
        group by dunning_month, currency
    ),

    months as (select * from {{ ref("dunning_monthly") }})

select
    month,
    currency,
    invoices.first_customer,
    invoices.last_customer,
    invoices.entered,
    months.entered_invoices,
    invoices.amount,
    months.entered_amount
from months
full join invoices using (month, currency)
where
    coalesce(invoices.entered, 0) is distinct from months.entered_invoices
    or coalesce(invoices.recovered, 0) is distinct from months.recovered_invoices
    or coalesce(invoices.amount, 0) is distinct from months.entered_amount
    or coalesce(invoices.recovered_amount, 0) is distinct from months.recovered_amount

-- Attempts to collect an invoice that is not there: their amounts are the attempts'
-- own.
{{ config(severity="warn") }}
select attempts.invoice_id, attempts.customer_id, count(*) as attempts
from {{ ref("stg_payment_attempts") }} as attempts
left join
    {{ ref("stg_invoices") }} as invoices on attempts.invoice_id = invoices.invoice_id
where invoices.invoice_id is null
group by attempts.invoice_id, attempts.customer_id

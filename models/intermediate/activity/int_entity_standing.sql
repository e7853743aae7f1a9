-- One row is one snapshot and customer or account: what surveys, tickets and bills
-- say by
-- then, of an account over its members.
with
    customers as (select * from {{ ref("int_customer_standing") }}),

    members as (select * from {{ ref("int_account_members") }}),

    accounts as (
        select
            snapshot_date,
            members.account_id,
            avg(nps_score) as nps_score,
            avg(nps_change) as nps_change,
            sum(tickets_28) as tickets_28,
            sum(tickets_prior_28) as tickets_prior_28,
            sum(open_complaints) as open_complaints,
            sum(case when is_primary then invoices end) as invoices,
            sum(case when is_primary then unpaid_invoices end) as unpaid_invoices
        from customers
        inner join
            members
            on customers.customer_id = members.customer_id
            and coalesce(members.joined_date < customers.snapshot_date, true)
            and coalesce(members.left_date >= customers.snapshot_date, true)
        group by snapshot_date, members.account_id
    ),

    both_kinds as (
        select
            snapshot_date,
            'customer' as entity_type,
            customer_id as entity_id,
            nps_score,
            nps_change,
            tickets_28,
            tickets_prior_28,
            open_complaints,
            invoices,
            unpaid_invoices
        from customers
        union all
        select
            snapshot_date,
            'account',
            account_id,
            nps_score,
            nps_change,
            tickets_28,
            tickets_prior_28,
            open_complaints,
            invoices,
            unpaid_invoices
        from accounts
    ),

    final as (
        select
            cast(snapshot_date as date) as snapshot_date,
            cast(entity_type as varchar) as entity_type,
            cast(entity_id as varchar) as entity_id,
            cast(round(nps_score, 9) as double) as nps_score,
            cast(round(nps_change, 9) as double) as nps_change,
            cast(tickets_28 as bigint) as tickets_28,
            cast(tickets_prior_28 as bigint) as tickets_prior_28,
            cast(open_complaints as bigint) as open_complaints,
            cast(invoices as bigint) as invoices,
            cast(unpaid_invoices as bigint) as unpaid_invoices
        from both_kinds
    )

select *
from final

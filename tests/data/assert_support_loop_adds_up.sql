-- Months whose categories, or whose outcomes, do not add up to all tickets.
with
    cells as (select * from {{ ref("support_feedback_loop") }}),

    parts as (
        select
            month,
            'categories' as parts,
            outcome as of_what,
            sum(tickets) as tickets,
            sum(complaints) as complaints,
            sum(buyer_complaints_90d) as buyers,
            sum(repurchased_90d) as repurchased
        from cells
        where category <> 'all'
        group by month, outcome
        union all
        select
            month,
            'outcomes',
            category,
            sum(tickets),
            sum(complaints),
            sum(buyer_complaints_90d),
            sum(repurchased_90d)
        from cells
        where outcome <> 'all'
        group by month, category
    )

select
    parts.month,
    parts.parts,
    parts.of_what,
    parts.tickets,
    cells.tickets as all_tickets,
    parts.complaints,
    cells.complaints as all_complaints
from parts
inner join
    cells
    on parts.month = cells.month
    and cells.outcome = case when parts.parts = 'categories' then of_what else 'all' end
    and cells.category = case when parts.parts = 'outcomes' then of_what else 'all' end
where
    parts.tickets <> cells.tickets
    or parts.complaints <> cells.complaints
    or parts.buyers <> cells.buyer_complaints_90d
    or parts.repurchased <> cells.repurchased_90d

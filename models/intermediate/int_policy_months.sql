-- One row is one calendar month from the first that is paid under either set of
-- policies to as_of. No rows without a policy set.
{{ config(materialized="view") }}
with
    compared as (
        select month
        from {{ ref("int_mrr_events") }}
        where {{ policies_are_compared() }}
        union all
        select month
        from {{ ref("int_own_mrr_events") }}
    ),

    final as ({{ mrr_months_query("compared") }})

select *
from final

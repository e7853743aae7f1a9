-- One row is one month in which a customer came or went as a subscriber under the
-- project's own policies, or began to be known.
{{ config(materialized="view") }}
with
    own_absences as ({{ logo_absences_query(ref("int_own_mrr_events")) }}),

    final as (
        {{ logo_moves_query(ref("int_own_mrr_customer_month"), "own_absences", "own") }}
    )

select *
from final

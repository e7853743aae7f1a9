-- One row is one instant at which a customer's total MRR in a currency, or whether they
-- subscribe, changed under the project's own policies: the state after it.
with
    own_changes as ({{ mrr_changes_query(ref("int_own_mrr_intervals")) }}),

    own_instants as ({{ mrr_instants_query("own_changes") }}),

    final as ({{ mrr_events_query("own_instants") }})

select *
from final

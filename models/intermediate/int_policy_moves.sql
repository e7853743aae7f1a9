-- One row is one set of policies (build, own), customer, currency and month in which
-- something changed: the waterfall's buckets and the net of the month. Scope customers:
-- came or went, all currencies together. No rows without a policy set.
with
    build_moves as (
        {{ policy_moves_query(
            ref("int_mrr_customer_month"), ref("int_mrr_movements"), ref("int_logo_moves")
        ) }}
    ),

    own_moves as (
        {{ policy_moves_query(
            ref("int_own_mrr_customer_month"), ref("int_own_mrr_movements"), ref("int_own_logo_moves"), "own"
        ) }}
    ),

    both_moves as (
        select *
        from build_moves
        union all
        select *
        from own_moves
    ),

    final as (
        select
            cast(policies as varchar) as policies,
            cast(scope as varchar) as scope,
            cast(customer_id as varchar) as customer_id,
            cast(currency as varchar) as currency,
            cast(month as date) as month,
            cast(movement_type as varchar) as movement_type,
            {{ money("new_mrr") }} as new_mrr,
            {{ money("reactivation_mrr") }} as reactivation_mrr,
            {{ money("expansion_mrr") }} as expansion_mrr,
            {{ money("contraction_mrr") }} as contraction_mrr,
            {{ money("churned_mrr") }} as churned_mrr,
            {{ money("involuntary_churned_mrr") }} as involuntary_churned_mrr,
            {{ money("gained_mrr") }} as gained_mrr,
            {{ money("net_expansion_mrr") }} as net_expansion_mrr,
            {{ money("net_lost_mrr") }} as net_lost_mrr,
            {{ money("net_reactivation_mrr") }} as net_reactivation_mrr,
            {{ money("mrr_change") }} as mrr_change,
            cast(paying_change as integer) as paying_change,
            cast(new_customers as integer) as new_customers,
            cast(reactivated_customers as integer) as reactivated_customers,
            cast(churned_customers as integer) as churned_customers,
            cast(
                churned_customers_involuntary as integer
            ) as churned_customers_involuntary,
            cast(customers_change as integer) as customers_change
        from both_moves
    )

select *
from final

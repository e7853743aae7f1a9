-- One row is one measure of one month, view and currency under one set of policies
-- (build, own): the sum over all customers.
with
    amounts as (
        {{ policy_amounts_query(
            ref("int_policy_moves"), ref("int_policy_months"), ref("int_policy_rates")
        ) }}
    ),

    final as (
        select
            cast(policies as varchar) as policies,
            cast(metric as varchar) as metric,
            cast(month as date) as month,
            cast(view as varchar) as view,
            cast(currency as varchar) as currency,
            {{ money("amount") }} as amount,
            cast(is_complete as boolean) as is_complete
        from amounts
    )

select *
from final

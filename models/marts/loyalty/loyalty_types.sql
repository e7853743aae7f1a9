-- One row is one customer: what keeps them (the four types of loyal customers). Ours,
-- no
-- standard.
with
    types as (select * from {{ ref("int_customer_loyalty_type") }}),

    final as (
        select
            customer_id,
            loyalty_type,
            is_member,
            orders,
            full_price_share,
            orders_since_enrol,
            programme_share,
            top_place_share,
            last_nps_score,
            last_csat_score,
            referred_sign_ups
        from types
    )

select *
from final

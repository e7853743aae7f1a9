-- Tiers of members that loyalty_tier_ranks does not know: their moves count neither as
-- upgrades nor as downgrades. Add them to the seed.
{{ config(severity="warn") }}
select states.tier, count(distinct states.customer_id) as members
from {{ ref("int_loyalty_states") }} as states
left join {{ ref("loyalty_tier_ranks") }} as ranks on states.tier = ranks.tier
where ranks.tier is null
group by states.tier

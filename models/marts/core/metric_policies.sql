-- One row is one policy switch that the models read, and the value of this build.
with
    switches as (
        {% for line in policy_switches().strip().splitlines() %}
            {% set cells = line.split(" | ") %}
            {% set rule = policy_set_rule(cells[0]) or ["", "", "", "", ""] %}
            select
                {{ sql_text(cells[0] | trim) }} as switch,
                {{ sql_text(policy(cells[0])) }} as value,
                {{ sql_text(cells[1] | trim) }} as default_value,
                {{ sql_text(cells[2] | trim) }} as allowed_values,
                {{ sql_text(policy_source(cells[0])) }} as source,
                {{ sql_text(policy(cells[0], "own")) }} as own_value,
                {{ sql_text(cells[3] | trim) }} as description,
                {{ sql_text(rule[2]) }} as vendor_value,
                {{ sql_text(rule[3]) }} as vendor_rule,
                {{ sql_text(rule[4]) }} as vendor_source
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    final as (
        select
            cast(switch as varchar) as switch,
            cast(value as varchar) as value,
            cast(default_value as varchar) as default_value,
            cast(allowed_values as varchar) as allowed_values,
            cast(value = default_value as boolean) as is_default,
            cast(source as varchar) as source,
            cast(own_value as varchar) as own_value,
            cast(nullif(vendor_value, '') as varchar) as vendor_value,
            cast(nullif(vendor_rule, '') as varchar) as vendor_rule,
            cast(nullif(vendor_source, '') as varchar) as vendor_source,
            cast(description as varchar) as description
        from switches
    )

select *
from final

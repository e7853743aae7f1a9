-- One row is one policy switch that the models read, and the value of this build.
with
    switches as (
        {% for line in policy_switches().strip().splitlines() %}
            {% set cells = line.split(" | ") %}
            select
                {{ sql_text(cells[0] | trim) }} as switch,
                {{ sql_text(policy(cells[0] | trim)) }} as value,
                {{ sql_text(cells[1] | trim) }} as default_value,
                {{ sql_text(cells[2] | trim) }} as allowed_values,
                {{ sql_text(cells[3] | trim) }} as description
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
            cast(description as varchar) as description
        from switches
    )

select *
from final

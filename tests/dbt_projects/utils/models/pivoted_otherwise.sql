select
    size,
    {{ dbt_utils.pivot(
        "color", ["red", "it's green"], agg="max", cmp="<>", prefix="not_", suffix="_max",
        then_value="amount", else_value="null", quote_identifiers=False
    ) }},
    {{ dbt_utils.pivot(column="color", values=["red"], agg="count", then_value="color", else_value="null", distinct=true, alias=false) }} as kinds_of_red
from {{ ref("sales") }}
{{ dbt_utils.group_by(1) }}

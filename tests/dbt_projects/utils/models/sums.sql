select
    id,
    {{ dbt_utils.safe_add(["a", "b", "c"]) }} as added,
    {{ dbt_utils.safe_subtract(["a", "b", "c"]) }} as subtracted,
    {{ dbt_utils.safe_divide("a", "c") }} as divided,
    {{ dbt_utils.safe_divide(numerator="a + b", denominator="c - c") }} as by_zero
from {{ ref("numbers") }}

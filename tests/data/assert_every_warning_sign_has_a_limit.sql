-- Each sign that is measured has its limit in warning_limits.
with
    measured as (
        select distinct signal
        from {{ ref("int_usage_measures") }}
        union
        select distinct signal
        from {{ ref("int_standing_measures") }}
    )

select measured.signal
from measured
left join {{ ref("warning_limits") }} as limits on measured.signal = limits.signal
where limits.signal is null

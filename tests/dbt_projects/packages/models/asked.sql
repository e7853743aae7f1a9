-- depends_on: {{ ref("below_given") }}
select
    {{ tools.counted("named", tools.values_of(ref("below_given"), "named")) }},
    '{{ tools.values_of(ref("below_given"), "id", [0]) | join(",") }}' as ids,
    '{{ tools.results_of("select min(id) as low, max(id) as high from " ~ ref("below_given"))["high"][0] if execute }}' as high,
    {{ tools.key_of(["1", "null", "'x'"]) }} as key
from {{ ref("below_given") }}

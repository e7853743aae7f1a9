select id, {{ whose() }} as whose, {{ "'asked'" if model.config.meta.asked else "'not asked'" }} as asked, cast('2024-01-0' || id as date) as day
from {{ source("taken_in", "words") }}

select id, region, plan, price, updated_at {% if var("day") > 2 %}, day {% endif %}
from {{ ref("versions") }} where day = {{ var("day") }}

select '{{ this.database }}' as d, '{{ model.name }}' as n, '{{ model.unique_id }}' as u, '{{ model.resource_type }}' as r, '{{ model.config.materialized }}' as m

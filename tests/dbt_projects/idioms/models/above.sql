{%- set me = graph.nodes.values() | selectattr("name", "equalto", "above") | first if execute else {} %}
select id, '{{ me.depends_on.nodes | join("+") if me }}' as reads, '{{ me.refs | map(attribute="name") | join("+") if me }}' as refs, '{{ me.config.materialized if me }}' as made_as
from {{ ref("from_source") }}

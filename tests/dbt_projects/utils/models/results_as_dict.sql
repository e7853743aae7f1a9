{% set found = dbt_utils.get_query_results_as_dict("select id, name from " ~ ref("people") ~ " order by id") %}
select
    '{{ found["name"] | join("|") | replace("'", "") }}' as names,
    {{ (found["id"] | sum) if execute else 0 }} as ids,
    '{{ found.keys() | join("|") }}' as columns

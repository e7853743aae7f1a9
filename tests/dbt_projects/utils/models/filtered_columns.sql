{% set found = dbt_utils.get_filtered_columns_in_relation(from=ref("people"), except=["NAME", "score"]) %}
select {{ found | join(", ") }} from {{ ref("people") }}

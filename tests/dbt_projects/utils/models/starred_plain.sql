select {{ dbt_utils.star(from=ref("people_again")) }} from {{ ref("people_again") }}

{% do dbt_utils.log_info("rendering " ~ this.identifier) %}
{{ dbt_utils.log_info("and again") }}
select
    '{{ dbt_utils.slugify("Total Amount (in EUR) - 2024") }}' as slug,
    '{{ dbt_utils.slugify("1st place") }}' as first,
    '{{ dbt_utils.slugify("") }}' as empty,
    {{ dbt_utils.pretty_time() | length }} as letters_of_the_time,
    {{ dbt_utils.pretty_time(format="%Y-%m-%d") | length }} as letters_of_the_day

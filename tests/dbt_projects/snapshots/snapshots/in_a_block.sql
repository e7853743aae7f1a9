{% snapshot in_a_block %}
{{
    config(
        target_schema="old_way",
        strategy="check",
        check_cols=["plan"],
        invalidate_hard_deletes=true,
    )
}}
select id, plan from {{ ref("customers") }}
{% endsnapshot %}

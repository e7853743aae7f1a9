{{ config(enabled=var("broken", false)) }} select * from {{ ref('missing') }}

{{ config(enabled=var("broken", false)) }} select 'a' as id

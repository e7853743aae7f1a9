{{ config(enabled=var("broken", false)) }} select 1 as id

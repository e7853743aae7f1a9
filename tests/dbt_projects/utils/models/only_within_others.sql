{{ config(materialized="ephemeral") }}
select id, name from {{ ref("people") }}

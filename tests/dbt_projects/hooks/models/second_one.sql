{{ config(materialized="view", pre_hook="") }}
select x from {{ ref("first_one") }}

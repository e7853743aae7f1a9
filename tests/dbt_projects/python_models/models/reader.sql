{{ config(materialized="table") }}
select country, sum(amount) as amount from {{ ref("as_arrow") }} group by country

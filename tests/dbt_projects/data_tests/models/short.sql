{{ config(materialized='ephemeral') }}
select * from {{ ref('good') }} where id is not null

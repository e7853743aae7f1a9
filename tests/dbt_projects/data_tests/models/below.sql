select id, count(*) as times from {{ ref('good') }} group by id

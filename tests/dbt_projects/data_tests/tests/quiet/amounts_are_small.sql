select * from {{ ref('good') }} where amount > 30

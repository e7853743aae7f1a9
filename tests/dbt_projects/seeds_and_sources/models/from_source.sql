-- depends_on: {{ ref('typed') }}
select code, price, typeof(price) as kind, note from {{ source('outside', 'kinds') }}

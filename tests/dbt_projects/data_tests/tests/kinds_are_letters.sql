{{ config(severity='error', error_if='> 5', warn_if='> 0', tags=['singular']) }}
select * from {{ ref('good') }} where kind > 'b'

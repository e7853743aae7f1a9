{{ config(location="target/empty.parquet") }}
select * from {{ ref("as_parquet") }} where false

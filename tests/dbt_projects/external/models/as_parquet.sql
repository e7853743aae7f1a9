{{ config(location="target/as_parquet.parquet") }}
select * from {{ ref("sales") }} where day <= {{ var("day") }}

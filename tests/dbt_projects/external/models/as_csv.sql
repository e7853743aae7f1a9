{{ config(location="target/as_csv.csv", format="csv", delimiter=";") }}
select * from {{ ref("as_parquet") }}

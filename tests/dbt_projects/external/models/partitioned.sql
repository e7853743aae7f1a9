{{ config(location="target/partitioned", options={"partition_by": "country", "overwrite_or_ignore": 1}) }}
select note, amount, country from {{ ref("as_parquet") }} where note is not null

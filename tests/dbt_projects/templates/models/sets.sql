(select 1 as id {{ dbt.intersect() }} select 1) union all (select 2 {{ dbt.except() }} select 3)

with rows_ as (select * from (values (1, 'a', true), (1, 'b', false), (2, 'c', true)) as t(id, word, flag))
select
    id,
    {{ dbt.listagg("word", "','", "order by word") }} as words,
    {{ dbt.bool_or("flag") }} as any_flag,
    {{ dbt.any_value("id") }} as any_id,
    {{ dbt.array_construct([1, 2]) }} as list,
    {{ dbt.array_append(dbt.array_construct([1]), "3") }} as appended
from rows_ group by id

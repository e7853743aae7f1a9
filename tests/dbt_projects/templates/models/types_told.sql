{% for column in adapter.get_columns_in_relation(ref("of_all_types")) %}
select
    '{{ column.name }}' as name, '{{ column.column }}' as col, '{{ column.quoted }}' as quoted, '{{ column.dtype | replace("'", "") }}' as dtype,
    '{{ column.data_type | replace("'", "") }}' as data_type, '{{ column.is_string() }}' as is_string, '{{ column.is_number() }}' as is_number,
    '{{ column.is_integer() }}' as is_integer, '{{ column.is_float() }}' as is_float, '{{ column.is_numeric() }}' as is_numeric,
    '{{ column.char_size }} {{ column.numeric_precision }} {{ column.numeric_scale }}' as sizes,
    '{{ column.string_size() if column.is_string() }}' as string_size, '{{ column.fields | map(attribute="dtype") | join(";") }}' as fields, '{{ column.flatten() | map(attribute="name") | join(";") }}' as flat,
    '{{ column.string_type(3) }} {{ column.numeric_type("numeric", 3, 1) }} {{ column.numeric_type("numeric", none, none) }}' as made
{{ "union all" if not loop.last }}
{% else %}select 1 as nothing
{% endfor %}

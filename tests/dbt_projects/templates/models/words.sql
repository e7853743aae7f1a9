{#- a comment -#}
{% set words = ["x", "y"] %}
{%- do words.append("z") -%}
{% set text %}a{{ 1 + 1 }}{% endset %}
{% set ns = namespace(total=0) %}
{% for i in range(4) if i != 2 %}{% set ns.total = ns.total + i %}{% endfor %}
select
    '{{ words | join("-") }}' as joined,
    '{{ text }}' as text,
    {{ ns.total }} as total,
    '{{ shout("hey") }}' as shouted,
    '{{ pair(1)["b"] }}' as returned,
    '{% call(x) wrapped() %}{{ x }}{% endcall %}' as called,
    '{{ by_engine() }}' as engine,
    '{{ many(1, 2, k=3) }}' as many,
    '{{ tojson({"b": 1, "a": [true, none]}) | replace("'", "") }}' as json,
    '{{ fromjson('{"k": 5}')["k"] }}' as from_json,
    '{{ fromyaml("k: [1, 2]")["k"] | length }}' as from_yaml,
    '{{ toyaml({"k": 1}) | trim }}' as yaml,
    '{{ set([1, 1, 2]) | length }} {{ zip([1], [2]) | list | length }} {{ set_strict([1]) | length }} {{ zip_strict([1, 2], ["a", "b"]) | list | length }}' as sets,
    '{{ local_md5("a") }}' as md5,
    '{{ var("list") | length }} {{ var("flag") }} {{ var("number") }} {{ var("nothing") is none }}' as vars,
    '{{ modules.datetime.date(2024, 1, 31).isoformat() }} {{ modules.re.sub("b+", "-", "abbbc") }} {{ modules.itertools.chain([1], [2]) | list | length }}' as modules,
    '{{ "yes" if execute else "no" }} {{ project_name }} {{ flags.FULL_REFRESH }} {{ invocation_args_dict.which }}' as more,
    '{{ "%05.1f" % 2.345 }} {{ "{:>4}".format("a") }} {{ "a,b".split(",")[1] }}' as formatted,
    '{{ 5 | string }}{{ [1, 2, 3] | sum }}{{ builtins.ref is defined }}' as rest,
    '{{ dbt.type_string() }} {{ type_bigint() }} {{ api.Column.translate_type("string") }}' as types

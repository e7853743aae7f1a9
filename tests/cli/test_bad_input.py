"""Bad input of every kind through the command line.

Each case: the message names file, line, cause and fix; the exit code is right; the published file
is the same byte for byte and the working tables hold the same rows.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT, Outcome, Shop, environment

HEADER = "order_id,customer_id,ordered_at,amount,country\n"
GOOD = "o1,ann,2024-01-05 10:00:00,10.50,DE\n"
INPUTS = ("--vars", "{inputs_path: in, as_of: 2024-06-01}")


def refused(shop: Shop, *argv: str, code: int, words: str | tuple[str, ...]) -> Outcome:
    """Run a build that must fail and must change nothing."""
    before = shop.state()
    done = shop.run("build", *argv)
    for word in (words,) if isinstance(words, str) else words:
        assert word in done.text
    assert done.code == code
    assert "Traceback" not in done.text
    after = shop.state()
    assert after[0] == before[0], "the published file changed"
    assert after[1] == before[1], "working tables changed"
    left = {p.name for p in shop.working.parent.iterdir()}
    assert left - {".build.lock"} == {"build.duckdb", "retention.duckdb", "published.json"}
    return done


# -- raw inputs ---------------------------------------------------------------------------------
def test_a_folder_that_does_not_exist(built: Shop) -> None:
    refused(built, *INPUTS, code=2, words=("RP302 inputs_path", "/in' does not exist"))


def test_a_missing_file(built: Shop) -> None:
    built.write("in/readme.txt", "x")
    words = ("holds none of the known tables", "readme.txt", "fix: expected are files named orders")
    refused(built, *INPUTS, code=2, words=words)


def test_a_file_of_a_location_that_does_not_exist(built: Shop) -> None:
    values = "{input_locations: {orders: in/nope.csv}, as_of: 2024-06-01}"
    refused(built, "--vars", values, code=2, words="nope.csv")


def test_a_location_of_an_unknown_table(built: Shop) -> None:
    built.write("in/orders.csv", HEADER + GOOD)
    values = "{input_locations: {ordres: in/orders.csv}, as_of: 2024-06-01}"
    refused(built, "--vars", values, code=2, words=("ordres", "orders"))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", None, ("RP306", "0 bytes", "fix: write the file again")),
        (HEADER + GOOD + "o2,bob,2024-01-06,abc,DE\n", 3, ("amount: 'abc' is not a number", "fix: correct the rows")),
        (HEADER + GOOD + "o2,bob,soon,1,DE\n", 3, ("ordered_at: 'soon'", "timestamp")),
        (HEADER + GOOD + "o2,bob,2024-02-30,1,DE\n", 3, ("2024-02-30",)),
        (HEADER + GOOD + "o2,bob,2024-01-06,,DE\n", 3, ("amount",)),
        (HEADER + GOOD + "o1,bob,2024-01-06,1,DE\n", 3, ("already there, in line 2", "o1")),
        (HEADER + "o1,ann,2024-01-05,100000000000000,DE\n", 2, ("overflows decimal(18,4)",)),
        (HEADER + "o1,ann,2024-01-05,-99999999999999999,DE\n", 2, ("overflows decimal(18,4)",)),
        (HEADER.encode() + b"o1,\xff\xfe,2024-01-05,1,DE\n", 2, ("is not valid UTF-8",)),
        ("order_id,customer_id,ordered_at\no1,ann,2024-01-05\n", None, ("RP308", "amount")),
        ("order_id,order_id,ordered_at,amount\no1,o1,2024-01-05,1\n", None, ("order_id",)),
        (HEADER + GOOD + "o2,bob\n", 3, ("RP310",)),
        (HEADER + "o1,ann,2024-01-05,1e999,DE\n", 2, ("amount",)),
        (HEADER + "o1,ann,2024-01-05,NaN,DE\n", 2, ("amount",)),
        (b"\x00\x01\x02" * 100, None, ("orders.csv",)),
    ],
)  # fmt: skip
def test_rows_that_break_the_contract(
    built: Shop, content: str | bytes, line: int | None, words: tuple[str, ...]
) -> None:
    path = built.write("in/orders.csv", content)
    done = refused(built, *INPUTS, code=1, words=words)
    place = f"{path}:{line}: " if line else f"{path}"
    assert place in done.out
    assert "not published: the build did not pass" in done.out


def test_a_header_alone_is_an_empty_table(built: Shop) -> None:
    built.write("in/orders.csv", HEADER)
    done = built.run("build", *INPUTS)
    assert done.code == 0
    assert built.query("select count(*) from marts.customer_orders", published=True) == [(0,)]


def test_an_empty_export_does_not_empty_the_marts(built: Shop) -> None:
    """Where the contract says so, as it does for orders and subscriptions of the real project."""
    built.edit(
        "models/raw/sources.yml",
        "required: true}}\n        columns",
        "required: true, min_rows: 1}}\n        columns",
    )
    before = built.published.read_bytes()
    path = built.write("in/orders.csv", HEADER)
    done = built.run("build", *INPUTS)
    assert (done.code, "dropped" in done.out) == (1, False)
    told = f"{path}: source raw.orders failed: RP315 raw.orders has no rows that can be loaded"
    assert told in done.out
    assert done.out.splitlines()[-1].endswith("retention.duckdb is as it was")
    assert built.published.read_bytes() == before
    assert built.query("select count(*) from raw.raw_orders") == [(4,)]
    path.write_text(HEADER + GOOD)
    assert built.run("build", *INPUTS).code == 0


def test_min_rows_is_a_number(built: Shop) -> None:
    built.edit(
        "models/raw/sources.yml",
        "required: true}}\n        columns",
        "required: true, min_rows: some}}\n        columns",
    )
    refused(built, code=2, words="sources.yml:6: RP311 min_rows of source 'raw.orders' is 'some'")


def test_bad_rows_may_be_put_aside(built: Shop) -> None:
    built.write("in/orders.csv", HEADER + GOOD + "o2,bob,2024-01-06,abc,DE\n")
    done = built.run(
        "build", "--vars", "{inputs_path: in, as_of: 2024-06-01, on_bad_rows: quarantine}"
    )
    assert done.code == 0
    assert "1 of 2 rows are in raw.rejected_rows" in " ".join(done.out.split())
    assert built.query("select row_number, column_name from raw.rejected_rows") == [(3, "amount")]


def test_ten_thousand_columns(built: Shop) -> None:
    extra = [f"c{i}" for i in range(10_000)]
    header = ",".join([*HEADER.strip().split(","), *extra])
    row = ",".join([*GOOD.strip().split(","), *["1"] * len(extra)])
    built.write("in/orders.csv", f"{header}\n{row}\n")
    done = built.run("build", *INPUTS)
    assert done.code == 0
    assert "columns outside the contract are not read: c0" in done.out
    assert "9,995 more" in done.out
    assert max(map(len, done.out.splitlines())) < 500


def test_a_column_without_a_name_is_said_to_be_one(built: Shop) -> None:
    built.write("in/orders.csv", f"{HEADER.strip()},\n{GOOD.strip()},x\n")
    done = built.run("build", *INPUTS)
    assert done.code == 0
    assert "outside the contract are not read: one without a name\n" in done.out


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "my" orders.csv',
        "'; drop table raw.raw_orders; --.csv",
        "größe €.csv",
        "{{ 1 }}.csv",
        "a*b?[c].csv",
    ],
)
def test_a_file_with_a_strange_name_is_only_a_file(built: Shop, name: str) -> None:
    built.write(f"in/{name}", HEADER + GOOD)
    text = name.replace('"', '\\"')
    done = built.run(
        "build", "--vars", f'{{input_locations: {{orders: "in/{text}"}}, as_of: 2024-06-01}}'
    )
    assert done.code == 0, done.text
    assert built.query("select order_id from raw.raw_orders") == [("o1",)]


def test_values_that_look_like_sql_are_only_values(built: Shop) -> None:
    evil = "x'); drop schema raw cascade; --"
    built.write("in/orders.csv", HEADER + f'"{evil}","{{{{ 1 }}}}",2024-01-05,1,DE\n')
    assert built.run("build", *INPUTS).code == 0
    assert built.query("select order_id, customer_id from staging.stg_orders") == [
        (evil, "{{ 1 }}")
    ]


def test_a_macro_that_is_misspelt(built: Shop) -> None:
    built.model("calls", "select {{ as_fo() }} as x")
    done = built.run("build")
    assert done.code == 2
    assert "models/free/calls.sql:1: RP202 'as_fo' is undefined" in done.err
    assert "did you mean 'as_of'?" in done.err


def test_columns_that_look_like_sql_are_only_ignored(built: Shop) -> None:
    evil = 'x"; drop schema raw cascade; --'.replace('"', '""')
    built.write("in/orders.csv", HEADER.strip() + f',"{evil}"\n' + GOOD.strip() + ",1\n")
    assert built.run("build", *INPUTS).code == 0
    assert built.query("select count(*) from raw.raw_orders") == [(1,)]


# -- the project --------------------------------------------------------------------------------
MART = "models/marts/customer_orders.sql"


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        (MART, "sum(amount)", "sum(amuont)",
         (f"{MART}:6: RP206", '"amuont" not found', 'fix: Candidate bindings: "amount"')),
        (MART, "stg_orders", "stg_order", (f"{MART}:3: RP203", "ref('stg_order')", "fix: did you mean 'stg_orders'?")),
        (MART, '{{ ref("stg_orders") }}', "staging.stg_orders", (f"{MART}:3: RP205",
         "fix: write {{ ref('stg_orders') }}")),
        (MART, "count(*)", "current_date", (f"{MART}:6: RP209", "fix: read var('as_of')")),
        (MART, '{{ ref("stg_orders") }}', "{{ ref('stg_orders' }}", (f"{MART}:3: RP202",)),
        ("models/staging/stg_orders.yml", "unique", "uniqe", ("stg_orders.yml:6: RP208",
         "fix: did you mean 'unique'?")),
        ("models/staging/stg_orders.yml", "    config:", "   config:", ("stg_orders.yml:4: RP102 not valid YAML",)),
        ("models/staging/stg_orders.yml", "description: One", "descripton: One",
         ("stg_orders.yml:3: RP103 unknown key 'descripton'", "did you mean 'description'?")),
        ("dbt_project.yml", "model-paths", "model-path", ("dbt_project.yml:5: RP103 unknown key 'model-path'",
         "did you mean 'model-paths'?")),
        ("models/marts/customer_orders.yml", "data_type: bigint", "data_type: integer",
         ("customer_orders.yml:2: RP207", "bigint in the SQL and integer")),
        ("dbt_project.yml", "+materialized: view", "+materialized: veiw", ("materialized 'veiw' is unknown",
         "did you mean 'view'?")),
        ("profiles.yml", "type: duckdb", "type: postgres", ("profiles.yml:4", "'postgres' is not supported")),
        ("macros/macros.sql", "endmacro", "endmarco", ("macros/macros.sql:3",)),
    ],
)  # fmt: skip
def test_faults_of_the_project_stop_everything(
    built: Shop, path: str, old: str, new: str, words: tuple[str, ...]
) -> None:
    built.edit(path, old, new)
    refused(built, code=2, words=words)


def test_a_cycle_tells_its_whole_path(built: Shop) -> None:
    for name, needs in (("aa", "bb"), ("bb", "cc"), ("cc", "aa")):
        built.model(name, f"-- {name}\nselect *\nfrom {{{{ ref('{needs}') }}}}")
    words = ("models/free/aa.sql:3: RP204", "aa -> bb -> cc -> aa", "fix: ")
    refused(built, code=2, words=words)


@pytest.mark.parametrize(
    "path", ["models/marts/x.sql", "models/marts/x.yml", "macros/x.sql", "tests/data/x.sql"]
)
def test_text_that_is_no_utf8(built: Shop, path: str) -> None:
    built.write(path, b"-- one\n-- two \xff\n")
    refused(built, code=2, words=(f"{path}:2: RP101 not UTF-8 text", "fix: save the file as UTF-8"))


def test_a_seed_that_is_no_utf8(built: Shop) -> None:
    built.write("seeds/countries.csv", b"code,name\nDE,\xff\n")
    refused(built, code=2, words=("seeds/countries.csv", "not utf-8"))


def test_a_bad_row_of_a_contract_seed(built: Shop) -> None:
    built.edit("seeds/raw_orders.csv", "20.00", "twenty")
    refused(built, code=1, words=("seeds/raw_orders.csv:3", "'twenty' is not a number"))


def test_all_faults_are_told_in_one_go(built: Shop) -> None:
    built.model("one", "select * from {{ ref('nope1') }}")
    built.model("two", "select * from {{ ref('nope2') }}")
    refused(built, code=2, words=("models/free/one.sql:1", "models/free/two.sql:1"))


# -- vars ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{as_of", ("RP501 --vars is not YAML", "fix: write it like '{as_of: 2026-01-01}'")),
        ("as_of=2024-01-01", ("RP501 --vars must be a mapping", "fix: write it like")),
        ("[1]", ("RP501 --vars must be a mapping",)),
        ("{revenue_bases: net}", ("RP501 --vars: nothing reads 'revenue_bases'", "did you mean 'revenue_basis'?")),
        ("{as_of: tomorrow}", ("var as_of is 'tomorrow', which is no date", "fix: write as_of: 2026-01-31")),
        ("{as_of: 2024-02-30}", ("which is no date",)),
        ("{as_of: \"2024-01-01' as timestamp); drop schema raw cascade; --\"}", ("which is no date",)),
        ("{reporting_timezone: Europe/Berln}", ("no time zone", "did you mean 'Europe/Berlin'?")),
        ("{reporting_timezone: ../../etc/passwd}", ("no time zone",)),
        ("{on_bad_rows: maybe, inputs_path: in}", ("var on_bad_rows is 'maybe'", "error or quarantine")),
        ("{input_locations: [a]}", ("input_locations must map tables to files",)),
    ],
)  # fmt: skip
def test_bad_vars(built: Shop, text: str, words: tuple[str, ...]) -> None:
    built.write("in/orders.csv", HEADER + GOOD)
    refused(built, "--vars", text, code=2, words=words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{order_revenue_basis: nett}",
         "var order_revenue_basis is 'nett': it must be one of net_product, gross, total"),
        ("{min_cell_size: few}", "var min_cell_size is 'few': it must be one of integer"),
        ("{guest_policy: \"x' or true --\"}", "var guest_policy is"),
    ],
)  # fmt: skip
def test_a_policy_value_that_nobody_knows(built: Shop, value: str, words: str) -> None:
    for file in ("macros/policies.sql", "macros/policy_sets.sql"):
        built.write(file, (CHECKOUT / file).read_text())
    names = ("order_revenue_basis", "min_cell_size", "guest_policy")
    calls = ", ".join(f"'{{{{ policy('{name}') }}}}' as {name}" for name in names)
    built.model("policies", f"-- one row\nselect {calls}\n")
    refused(built, "--vars", value, code=2, words=(words, "models/free/policies.sql:2"))


def test_a_var_is_never_sql_of_its_own(built: Shop) -> None:
    """A var inside quotes of a model may break the quotes: the binder then refuses the model."""
    built.model("v", "select '{{ var('revenue_basis') }}' as x")
    refused(
        built,
        "--vars",
        '{revenue_basis: "\'; drop schema raw cascade; --"}',
        code=2,
        words="v.sql:1",
    )


# -- the database -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["dbt_project.yml/build.duckdb", "models", f"{300 * 'y'}/b.duckdb"]
)
def test_a_database_that_cannot_be_written(
    built: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_WAREHOUSE", path)
    refused(
        built,
        code=2,
        words=("RP401 cannot open or write", path, "fix: check that the folder exists"),
    )


def test_a_database_that_another_process_holds(built: Shop) -> None:
    before = built.state()
    code = (
        f"import duckdb, sys; con = duckdb.connect({str(built.working)!r});"
        " print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"
        done = built.run("build")
        assert done.code == 1
        assert f"RP402 the working database is in use by process {holder.pid}" in done.err
        assert "fix: wait for that build" in done.err
    finally:
        holder.communicate()
    assert built.state() == before


def test_settings_that_nobody_knows(built: Shop) -> None:
    built.edit("profiles.yml", "threads: 2", "settings: {memory_limit: lots}")
    refused(built, code=2, words="fix: correct `settings` of the target in profiles.yml")


def test_a_link_to_nothing_is_no_model_left_out(built: Shop) -> None:
    link = built.root / "models/free.sql"
    link.symlink_to("gone.sql")
    refused(
        built, code=2, words=("models/free.sql: RP101 a link to a file that is not there: gone",)
    )
    link.unlink()


@pytest.mark.parametrize("name", ["models/notes.md", "seeds/old.csv", "selectors.yml"])
def test_a_folder_with_the_name_of_a_file_is_a_folder(built: Shop, name: str) -> None:
    (built.root / name).mkdir()
    for words in (("build",), ("ls",), ("show", "-s", "customer_orders")):
        done = built.run(*words)
        assert done.code == 0, done.text


def test_a_pipe_among_the_models_is_not_waited_for(built: Shop) -> None:
    os.mkfifo(built.root / "models/pipe.sql")
    assert built.run("build").code == 0


def test_a_database_that_is_none(built: Shop) -> None:
    published = built.published.read_bytes()
    built.working.write_bytes(b"this is not a database" * 1000)
    done = built.run("build")
    assert done.code == 2
    assert "RP401 cannot open" in done.err
    assert "fix: it is no database, or a damaged one: move it away" in done.err
    assert built.working.read_bytes().startswith(b"this is not")
    assert built.published.read_bytes() == published


# -- names that hold SQL ------------------------------------------------------------------------
EVIL = 'x"; drop schema raw cascade; --'


def _config(built: Shop, call: str) -> None:
    path = built.root / "models/marts/country_orders.sql"
    path.write_text(f"{{{{ config({call}) }}}}\n{path.read_text()}")


def _raw_is_there(built: Shop) -> bool:
    return built.query("select count(*) from raw.raw_orders") == [(4,)]


def test_an_alias_is_only_a_name(built: Shop) -> None:
    _config(built, f"alias='{EVIL}'")
    assert built.run("build").code == 0
    assert _raw_is_there(built)
    names = built.query(
        "select table_name from duckdb_tables() where schema_name = 'marts'", published=True
    )
    assert (EVIL,) in names


def test_a_schema_is_only_a_name(built: Shop) -> None:
    _config(built, f"schema='{EVIL}'")
    assert built.run("build").code == 0
    assert _raw_is_there(built)
    assert (EVIL,) in built.query("select schema_name from duckdb_tables()")


def test_a_column_is_only_a_name(built: Shop) -> None:
    quoted = EVIL.replace('"', '""')
    built.edit("models/marts/country_orders.sql", "as orders", f'as "{quoted}"')
    built.edit("models/marts/country_orders.yml", "{name: orders,", f"{{name: '{EVIL}',")
    assert built.run("build").code == 0
    assert _raw_is_there(built)
    columns = built.query(
        "select column_name from duckdb_columns() where table_name = 'country_orders'",
        published=True,
    )
    assert (EVIL,) in columns


def test_a_source_identifier_is_only_a_name(built: Shop) -> None:
    built.edit("models/raw/sources.yml", "identifier: raw_orders", f"identifier: '{EVIL}'")
    built.write("in/orders.csv", HEADER + GOOD)
    assert built.run("build", *INPUTS).code == 0
    assert built.query("select count(*) from raw.raw_orders") == [(4,)]
    assert built.query("select count(*) from staging.stg_orders") == [(1,)]


def test_a_description_is_only_text(built: Shop) -> None:
    built.edit(
        "models/marts/country_orders.yml",
        "description: The country.",
        'description: "it\'s; drop schema raw cascade; --"',
    )
    assert built.run("build").code == 0
    assert _raw_is_there(built)


# -- templates that want out --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'{{ ''.__class__.__mro__ }}' as x", "templates may not do this"),
        ("'{{ ref.__globals__ }}' as x", "templates may not do this"),
        ("'{{ config._now.environ }}' as x", "templates may not do this"),
        ("'{{ adapter|attr('_now') }}' as x", "templates may not do this"),
        ("'{{ open('/etc/passwd').read() }}' as x", "'open' is undefined"),
        ("'{{ env_var.__code__ }}' as x", "templates may not do this"),
        ("1 as x {% include '/etc/passwd' %}", "templates cannot read other files"),
        ("1 as x {% import 'macros/macros.sql' as m %}", "templates cannot read other files"),
        ("1 as x {{ again() }}", "macros call each other without end"),
        ("1 as x {% for i in range(100000000) %}{% endfor %}", "Range too big"),
        ("1 as x {{ 'a' * 1000000000000000 }}", "too large"),
    ],
)  # fmt: skip
def test_templates_stay_inside(built: Shop, text: str, words: str) -> None:
    built.write(
        "macros/again.sql",
        "{% macro again() %}{{ once_more() }}{% endmacro %}\n{% macro once_more() %}{{ again() }}{% endmacro %}",
    )
    built.model("bad", f"select\n    {text}\n")
    done = refused(built, code=2, words=(words,))
    assert re.search(r"models/free/bad\.sql:2", done.err)
    assert "root:" not in done.text


# -- secrets ------------------------------------------------------------------------------------
SECRET = "s3cr3t-value-of-mine"


def _nothing_tells(shop: Shop, printed: str) -> None:
    assert SECRET not in printed
    for file in (shop.root / "target").rglob("*"):
        assert not file.is_file() or SECRET not in file.read_text(), file


@pytest.mark.parametrize(
    "text",
    [
        "select '{{ env_var('DBT_ENV_SECRET_X') }}' as x",
        "{{ exceptions.raise_compiler_error(env_var('DBT_ENV_SECRET_X')) }}",
        "{{ config(alias=env_var('DBT_ENV_SECRET_X')) }} select 1 as x",
    ],
)
def test_a_model_cannot_read_a_secret(
    built: Shop, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_X", SECRET)
    built.model("s", text)
    words = ("models/free/s.sql:1", "the secret DBT_ENV_SECRET_X may be read in profiles.yml only")
    done = refused(built, code=2, words=words)
    _nothing_tells(built, done.text + built.run("compile", "--select", "s").text)


def test_a_secret_of_the_profile_is_neither_written_nor_printed(
    built: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_X", SECRET)
    secret = "{{ env_var('DBT_ENV_SECRET_X') }}"
    built.edit(
        "profiles.yml", "threads: 2", f'threads: 2, settings: {{http_proxy_password: "{secret}"}}'
    )
    built.model("s", "select 1 as x -- {{ target.settings }} {{ target }}")
    built.model(
        "t", f"select cast('{SECRET}' || target as integer) as x from (select 'a' as target)"
    )
    printed = ""
    for argv in (["build"], ["debug"], ["compile"], ["build", "--select", "s"]):
        printed += built.run(*argv).text
    assert "Could not convert string '*****a'" in printed
    assert SECRET not in printed
    assert SECRET not in (built.root / "target/run_results.json").read_text()
    assert SECRET not in (built.root / "target/compiled/models/free/s.sql").read_text()
    built.edit("profiles.yml", "http_proxy_password", "no_such_setting")
    done = built.run("build")
    assert done.code == 2
    assert SECRET not in done.text

"""How a run behaves and how it is told: --fail-fast, --warn-error, --empty, JSON, JUnit, GitHub, a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from retention_pipeline.events import Finished, Started, Status, StepResult
from retention_pipeline.live import LiveReport
from tests.conftest import Shop, environment, pipeline

FAILING = "- expression_is_true: {arguments: {expression: 'x > 1'}}"


def lines(text: str) -> list[dict[str, dict[str, object]]]:
    """The objects of a JSON log."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def chain(shop: Shop) -> Shop:
    """a -> b, a failing test on a; c alone."""
    shop.model("a", "select 1 as x")
    shop.tests("a", FAILING)
    shop.model("b", "select * from {{ ref('a') }}")
    for number in range(6):
        shop.model(f"c{number}", f"select {number} as x")
    return shop


# -- when to stop ---------------------------------------------------------------------------------
def test_fail_fast_stops_at_the_first_failure(shop: Shop) -> None:
    shop.model("broken", "select cast('x' as integer) as x")
    for number in range(8):
        before = f"c{number - 1}" if number else "broken_not"
        shop.model(f"c{number}", f"select * from {{{{ ref('{before}') }}}}")
    shop.model("broken_not", "select count(*) as x from range(30000000) as t(i) where i % 7 = 1")
    done = shop.run("build", "-s", "path:models/free", "--fail-fast", "--threads", "2")
    assert done.code == 1, done.text
    assert "stopped by --fail-fast" in done.out
    assert "interrupted" not in done.text
    again = shop.run("build", "-s", "path:models/free").out  # goes on with what was not built
    assert again.count("ok       model") + again.count("reused   model") == 9, again


def test_warn_error_makes_failures_of_warnings(shop: Shop) -> None:
    shop.model("a", "select 1 as x")
    shop.tests(
        "a", "- expression_is_true: {arguments: {expression: 'x > 1'}, config: {severity: warn}}"
    )
    assert shop.run("build", "-s", "a").code == 0
    done = shop.run("build", "-s", "a", "--warn-error")
    assert (done.code, "1 failing row (kept) (--warn-error)" in done.out) == (1, True), done.text
    assert shop.run("build", "-s", "a").code == 0


def test_warn_error_refuses_what_a_load_leaves_out(built: Shop) -> None:
    """Also when the load was done before: what it left out is still left out."""
    inputs = ("build", "--vars", "{inputs_path: in, as_of: 2024-06-01, on_bad_rows: quarantine}")
    header = "order_id,customer_id,ordered_at,amount,country,colour\n"
    built.write(
        "in/orders.csv", header + "o1,ann,2024-01-05,10,DE,red\no2,bob,2024-01-06,x,DE,red\n"
    )
    strict = built.run(*inputs, "--warn-error")
    assert strict.code == 1, strict.text
    assert "--warn-error: raw.orders: 1 of 2 rows are in raw.rejected_rows" in strict.out
    assert "columns outside the contract are not read: colour" in strict.out
    before = built.state()
    assert built.run(*inputs).code == 0
    assert built.state() != before
    assert built.run(*inputs, "--warn-error").code == 1  # though nothing is loaded
    built.write(
        "in/orders.csv", "order_id,customer_id,ordered_at,amount,country\no1,ann,2024-01-05,10,DE\n"
    )
    assert built.run(*inputs, "--warn-error").code == 0
    built.write("in/readme.csv", "x\n")
    refused = built.run(*inputs, "--warn-error")
    assert (refused.code, "no table asks for them: readme.csv" in refused.err) == (2, True), (
        refused.text
    )


def test_warn_error_makes_errors_of_what_the_compiler_says(shop: Shop) -> None:
    shop.model("loose", "{% do exceptions.warn('watch out') %} select 1 as x")
    assert "note" in shop.run("build", "-s", "loose").out
    done = shop.run("build", "-s", "loose", "--warn-error")
    assert (done.code, "--warn-error:" in done.err) == (2, True), done.text


# -- empty ----------------------------------------------------------------------------------------
def test_empty_builds_the_columns_only_and_is_never_published(built: Shop) -> None:
    bytes_before = built.published.read_bytes()
    done = built.run("build", "--empty", "--exclude", "test_type:data")
    assert done.code == 0, done.text
    assert built.query("select count(*) from marts.customer_orders") == [(0,)]
    assert built.published.read_bytes() == bytes_before
    columns = built.query("describe marts.customer_orders")
    assert [c[:2] for c in columns][:2] == [("customer_id", "VARCHAR"), ("orders", "BIGINT")]
    assert built.run("publish").code == 1
    again = built.run("build")
    assert again.code == 0, again.text
    assert built.query("select count(*) from marts.customer_orders") == [(2,)]


def test_empty_leaves_history_alone(built: Shop) -> None:
    built.model("kept", "{{ config(materialized='incremental') }} select 1 as x")
    assert built.run("build", "-s", "kept").code == 0
    done = built.run("build", "-s", "kept", "--empty")
    assert (done.code, "--empty leaves tables with history alone" in done.out) == (0, True)
    assert built.query("select * from main.kept") == [(1,)]


# -- what is told ---------------------------------------------------------------------------------
def test_a_failure_says_where_which_rows_and_how_to_see_it_again(chain: Shop) -> None:
    done = pipeline("build", "-s", "a b", "--vars", "{as_of: 2024-03-01}", cwd=chain.root)
    assert done.returncode == 1
    place = "models/free/a.yml:5: data test expression_is_true_a_x_1 failed: 1 failing row"
    assert place in done.stdout
    assert "x=1" in done.stdout
    again = "pipeline test --select expression_is_true_a_x_1 --vars '{as_of: 2024-03-01}'"
    assert f"again: {again}" in done.stdout
    assert "skipped  model     b (expression_is_true_a_x_1 failed)" in done.stdout


def test_a_log_of_json(chain: Shop) -> None:
    done = chain.run("build", "-s", "a b", "--log-format", "json")
    assert done.code == 1
    found = lines(done.out)
    assert all(line["info"]["ts"] for line in found)
    ends = {
        str(line["data"]["unique_id"]): line["data"]["status"]
        for line in found
        if line["info"]["name"] == "NodeFinished"
    }
    assert ends["model.shop.a"] == "ok"
    assert ends["model.shop.b"] == "skipped"
    [failed] = [line for line in found if line["info"]["level"] == "error"][:1]
    assert failed["data"]["at"] == {"file": "models/free/a.yml", "line": 5}
    last = found[-1]
    assert (last["info"]["name"], last["data"]["ok"]) == ("RunFinished", False)
    assert last["data"]["again"] == ["pipeline test --select expression_is_true_a_x_1"]


def test_an_invalid_project_in_a_log_of_json(shop: Shop) -> None:
    shop.model("a", "select * from {{ ref('nobody') }}")
    done = shop.run("build", "--log-format=json")
    assert done.code == 2
    [line] = [line for line in lines(done.out) if line["info"]["name"] == "Invalid"]
    assert "nobody" in str(line["info"]["msg"])
    assert shop.run("build", "--log-format", "xml").code == 2


def test_junit(chain: Shop, tmp_path: Path) -> None:
    target = tmp_path / "reports" / "junit.xml"
    assert chain.run("build", "-s", "a b", "--junit", str(target)).code == 1
    top = Xml.fromstring(target.read_text())
    counts = [top.get(name) for name in ("tests", "failures", "skipped")]
    assert counts == ["3", "1", "1"]
    [case] = [c for c in top.iter("testcase") if c.find("failure") is not None]
    assert (case.get("file"), case.get("line")) == ("models/free/a.yml", "5")
    assert "x=1" in (case.find("failure").text or "")  # type: ignore[union-attr]


def test_annotations_of_github(chain: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(chain.root.parent))
    done = chain.run("build", "-s", "a b")
    [line] = [line for line in done.out.splitlines() if line.startswith("::")]
    assert line.startswith("::error file=shop/models/free/a.yml,line=5,title=data test ")
    assert "%0A" in line
    chain.model("wrong", "select * from {{ ref('nobody') }}")
    done = chain.run("build")
    assert "::error file=shop/models/free/wrong.sql,line=1,title=RP" in done.out


# -- a terminal -----------------------------------------------------------------------------------
def test_a_live_table_shows_what_runs() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, highlight=False)
    report = LiveReport(
        lambda text: text.replace("secret", "*****"), quiet=False, again="", console=console
    )
    with report:
        report.listen(Started("model.p.a", "a", "model"))
        report.live.refresh()
        report.listen(Finished(StepResult("model.p.a", "a", "model", Status.OK, "secret")))
    text = out.getvalue()
    assert "running" in text
    assert "1 ok" in text
    assert "secret" not in text


@pytest.mark.parametrize("code", ["raise KeyboardInterrupt", 'exec("raise KeyboardInterrupt")'])
def test_ctrl_c_while_modules_are_read_says_so_and_has_its_code(tmp_path: Path, code: str) -> None:
    """Python itself would print a traceback, and end by a signal after the second."""
    (tmp_path / "typer.py").write_text(code)  # found first, as `-m` looks in the current folder
    done = pipeline("ls", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def program(shop: Shop, text: str, *, closed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a Python program of these lines in the shop; `closed`: what the shell closes before, as `>&-`."""
    (shop.root / "mine.py").write_text(text)
    return subprocess.run(
        ["sh", "-c", f'exec "$0" mine.py {closed}', sys.executable],
        cwd=shop.root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_ctrl_c_that_went_through_a_template_has_its_code(shop: Shop) -> None:
    done = program(
        shop,
        "from retention_pipeline import render\n"
        "def broken(*given, **named): exec('raise KeyboardInterrupt')\n"
        "render.Renderer.render = broken\n"
        "from retention_pipeline.entry import main\n"
        "main(['compile'])\n",
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


# What Python frees at its end says so.
ENDS = """
import sys
class Kept:
    def __init__(self, say=print): self.say = say
    def __del__(self): self.say("freed", flush=True)
kept = Kept()
{before}
sys.argv[1:] = {words}
from retention_pipeline.entry import main
main()
print("never")
"""


@pytest.mark.parametrize(
    ("before", "words", "code", "last"),
    [
        ("import atexit; atexit.register(print, 'registered')", "ls", 0, "registered"),
        ("import atexit; atexit.register(print, 'registered')", "ls -s nothing", 2, "registered"),
        (
            "import threading, time\n"
            "threading.Thread(target=lambda: (time.sleep(1), print('a thread'))).start()",
            "ls",
            0,
            "a thread",
        ),
    ],
    ids=["well", "an error", "a thread"],
)
def test_the_program_ends_at_once_and_loses_nothing(
    shop: Shop, before: str, words: str, code: int, last: str
) -> None:
    done = program(shop, ENDS.format(before=before, words=words.split()))
    said = [line for line in done.stdout.splitlines() if line != "freed"]
    assert (done.returncode, said[-1]) == (code, last)
    assert done.stdout.count(last) == 1
    assert "never" not in done.stdout
    assert ("freed" in done.stdout) == (
        last == "a thread"
    )  # somebody was at work: Python's own end


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_the_program_ends_well_without_a_place_to_say_so(shop: Shop, closed: str) -> None:
    done = program(shop, ENDS.format(before="", words=["ls"]), closed=closed)
    assert done.returncode == 0
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["--help", "ls", "build"])
def test_a_full_disk_under_the_output_is_no_bug_of_ours(shop: Shop, words: str) -> None:
    shop.model("a", "select 1 as x")
    done = program(shop, ENDS.format(before="", words=words.split()), closed="> /dev/full")
    assert done.returncode == 2
    assert "RP401 cannot write: No space left on device" in done.stderr
    assert "RP900" not in done.stderr
    silent = program(shop, ENDS.format(before="", words=["ls"]), closed="> /dev/full 2>&1")
    assert silent.returncode == 2


@pytest.mark.parametrize("plain", [False, True])
def test_colours_on_a_terminal_unless_no_color(shop: Shop, plain: bool) -> None:
    shop.model("a", "select 1 as x")
    main, other = pty.openpty()
    more = {"NO_COLOR": "1"} if plain else {}
    env = {**environment(TERM="xterm", COLUMNS="120", **more)}
    if not plain:
        env.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "retention_pipeline", "build", "-s", "a"]
    done = subprocess.run(command, cwd=shop.root, env=env, stdout=other, timeout=60, check=False)
    os.close(other)
    text = os.read(main, 100_000).decode()
    os.close(main)
    assert done.returncode == 0
    assert "ok\x1b" in text or " model " in text
    assert ("\x1b[32mok" in text) is not plain


def test_snapshot_takes_only_snapshots(shop: Shop) -> None:
    shop.model("plans", "select 1 as id, 'basic' as plan")
    shop.write(
        "snapshots/snapshots.yml",
        "snapshots:\n  - name: plan_history\n    relation: ref('plans')\n"
        "    config: {strategy: check, check_cols: all, unique_key: id}\n",
    )
    assert shop.run("run", "-s", "plans").code == 0
    done = shop.run("snapshot")
    assert done.code == 0, done.text
    assert "plan_history" in done.out
    assert "model" not in done.out
    assert shop.query("select id, plan from main.plan_history") == [(1, "basic")]


# -- Ctrl-C ---------------------------------------------------------------------------------------
def test_an_interrupt_before_anything_ran_is_told(
    built: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the project is read there are no results that could tell it."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("retention_pipeline.api.load", interrupted)
    done = built.run("build")
    assert (done.code, done.out) == (130, "")
    assert done.err == (
        "interrupted; what readers have is whole: `pipeline versions` says of which build it is\n"
    )
    done = built.run("ls")
    assert (done.code, done.err) == (130, "interrupted\n")


def test_quiet_names_what_failed_and_counts_what_was_skipped(chain: Shop) -> None:
    assert "skipped  model     b (" in chain.run("build").out
    chain.edit("models/free/a.sql", "1 as x", "0 as x")
    done = chain.run("build", "-q")
    assert done.code == 1
    assert "skipped  " not in done.out
    assert "1 failed, 1 skipped" in done.out

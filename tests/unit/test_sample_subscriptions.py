"""The coffee club of the sample shop: its contract, its states, its bills, and its stories.

MRR of the stories is worked out by hand from the prices in the generator's plans.py.
"""

import csv
import importlib
import re
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "seeds" / "sample"
KEYS = {
    "plans": ("plan_id",),
    "subscriptions": ("subscription_item_id", "valid_from"),
    "subscription_events": ("event_id",),
    "invoices": ("invoice_id",),
    "payment_attempts": ("attempt_id",),
    "payment_methods": ("payment_method_id",),
    "cancel_flow_sessions": ("session_id",),
}
SHOP = ("customers", "customer_identities", "orders", "order_lines", "products", "fx_rates")
AS_OF = "2026-07-01 00:00:00"
FOREVER = "9999-12-31 00:00:00"

Row = dict[str, str]
Tables = dict[str, list[Row]]


def read(table: str) -> list[Row]:
    with (SAMPLE / f"raw_{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amount(text: str) -> Decimal:
    return Decimal(text or "0")


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def club() -> Tables:
    """Every row of every file of the club, and the customers and refunds of the shop."""
    return {table: read(table) for table in (*KEYS, "customers", "refunds")}


@pytest.fixture(scope="module")
def contract() -> dict[str, dict[str, Any]]:
    """Table -> column -> its entry in models/raw/subscriptions.yml."""
    text = (ROOT / "models" / "raw" / "subscriptions.yml").read_text(encoding="utf-8")
    tables = yaml.safe_load(text)["sources"][0]["tables"]
    return {table["name"]: {x["name"]: x for x in table["columns"]} for table in tables}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The generator's last module, which imports all others."""
    sys.path.insert(0, str(SAMPLE))
    try:
        return importlib.import_module("generator.files")
    finally:
        sys.path.remove(str(SAMPLE))


@pytest.fixture(scope="module")
def states(club: Tables) -> dict[str, list[Row]]:
    """Item -> its states, oldest first; the newest version of each."""
    newest = {
        (row["subscription_item_id"], row["valid_from"]): row
        for row in sorted(club["subscriptions"], key=lambda row: row["_loaded_at"])
    }
    found = defaultdict(list)
    for (item, _), row in sorted(newest.items()):
        found[item].append(row)
    return found


@pytest.fixture(scope="module")
def invoices(club: Tables) -> dict[str, list[Row]]:
    """Subscription -> its invoices, oldest first."""
    found = defaultdict(list)
    for row in sorted(club["invoices"], key=lambda row: row["issued_at"]):
        found[row["subscription_id"]].append(row)
    return found


@pytest.fixture(scope="module")
def attempts(club: Tables) -> dict[str, list[Row]]:
    """Invoice -> its attempts in their order."""
    found = defaultdict(list)
    for row in sorted(club["payment_attempts"], key=lambda row: int(row["attempt_number"])):
        found[row["invoice_id"]].append(row)
    return found


# -- files ----------------------------------------------------------------------------------------


def test_the_club_changes_no_row_of_the_shop(generator: ModuleType) -> None:
    ledger = generator.Ledger()
    generator.write_shop(ledger)
    for table in SHOP:
        lines = generator.csv_bytes(table, ledger).splitlines()
        whole = (SAMPLE / f"raw_{table}.csv").read_bytes().splitlines()
        # customers 9400 and up belong to the stories of loyalty and referrals
        others = [line for line in whole if not re.match(rb"[co]94\d\d", line)]
        assert others == lines
    alone = generator.csv_bytes("refunds", ledger)
    refunds = (SAMPLE / "raw_refunds.csv").read_bytes()
    assert refunds.startswith(alone)
    assert all(line.startswith(b"ri") for line in refunds[len(alone) :].splitlines())


def test_a_member_written_alone_has_the_same_rows_as_in_the_whole_club(
    generator: ModuleType, club: Tables
) -> None:
    """No subscription draws from another one's stream, so stories can be added freely."""
    population, members = (sys.modules[f"generator.{x}"] for x in ("population", "club"))
    number = sum(population.SIGNUPS[:8]) + 5
    for person in (
        population.draw_person(number + x, population.month_start(8)) for x in range(40)
    ):
        alone = generator.Club(generator.Ledger(), {person.customer_id: person.country})
        members.write_member(alone, person)
        for subscription in alone.subscriptions:
            generator.write_states(alone.ledger, subscription)
            generator.write_bills(alone, subscription)
        for table in ("subscriptions", "invoices", "payment_attempts", "payment_methods"):
            whole = [row for row in club[table] if row["customer_id"] == person.customer_id]
            # the file leaves out the load stamps of old rows
            written = [row | {"_loaded_at": ""} for row in alone.ledger.tables[table]]
            assert written == [row | {"_loaded_at": ""} for row in whole]


def test_the_files_are_small() -> None:
    assert sum(x.stat().st_size for x in SAMPLE.glob("raw_*.csv")) <= 3_000_000


@pytest.mark.parametrize("table", KEYS)
def test_columns_and_types_are_those_of_the_contract(
    table: str, club: Tables, contract: dict[str, dict[str, Any]]
) -> None:
    types = {name: column["data_type"] for name, column in contract[table].items()}
    seed = yaml.safe_load((SAMPLE / f"raw_{table}.yml").read_text(encoding="utf-8"))["seeds"][0]
    assert seed["name"] == f"raw_{table}"
    assert "synthetic" in seed["description"].lower()
    assert list(club[table][0]) == list(types)
    assert list(seed["config"]["column_types"].items()) == list(types.items())
    described = {column["name"]: column["data_type"] for column in seed["columns"]}
    assert list(described.items()) == list(types.items())
    assert all(column["description"] for column in seed["columns"])


PATTERNS = {
    "timestamp": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "boolean": r"true|false",
    "integer": r"\d+",
    "decimal": r"\d+(\.\d{1,4})?",
    "varchar": r"(?s).+",
}


@pytest.mark.parametrize("table", KEYS)
def test_every_value_is_one_that_the_contract_allows(
    table: str, club: Tables, contract: dict[str, dict[str, Any]]
) -> None:
    for row in club[table]:
        for name, column in contract[table].items():
            meta = column.get("config", {}).get("meta", {})
            pattern = PATTERNS[column["data_type"].partition("(")[0]]
            assert not row[name] or re.fullmatch(pattern, row[name]), (name, row)
            assert row[name] or not meta.get("required"), (name, row)
            assert row[name] in ("", *meta.get("accepted_values", [row[name]])), (name, row)
        assert row["_loaded_at"] == "" or row["_loaded_at"].endswith(" 03:00:00"), row


def test_one_row_has_an_older_version(club: Tables, states: dict[str, list[Row]]) -> None:
    for table, key in KEYS.items():
        counted = Counter(tuple(row[column] for column in key) for row in club[table])
        several = {found for found, count in counted.items() if count > 1}
        expected = {("s9070", "2024-09-16 08:00:00")} if table == "subscriptions" else set()
        assert several == expected
    old_and_new = [x for x in club["subscriptions"] if x["subscription_id"] == "s9070"]
    assert [row["valid_to"] for row in old_and_new] == ["2024-12-16 08:00:00", ""]
    assert old_and_new[0]["_loaded_at"] > old_and_new[1]["_loaded_at"]
    assert [row["valid_to"] for row in states["s9070"]] == ["2024-12-16 08:00:00"]


def test_the_counts_in_the_readme_are_right(club: Tables) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for table in KEYS:
        row = re.search(rf"^\| raw_{table}\.csv \|.*\| ([\d,]+) \|$", readme, re.MULTILINE)
        assert row is not None, table
        assert int(row[1].replace(",", "")) == len(club[table]), table


def test_every_id_that_the_stories_name_is_in_the_files(
    club: Tables, generator: ModuleType
) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- club stories: begin")[1].split("<!-- club stories: end")[0]
    for story in generator.CLUB_STORIES:
        assert f"| {story.what} | {story.shown_by} | {story.rule} |" in table
    keys = {
        "subscriptions": ("subscription_id", "subscription_item_id", "customer_id"),
        "invoices": ("invoice_id",),
        "refunds": ("refund_id",),
        "cancel_flow_sessions": ("session_id",),
        "customers": ("customer_id",),
    }
    known = {row[key] for name, columns in keys.items() for key in columns for row in club[name]}
    named = set(re.findall(r"\b(?:ri|[csif])\d{4}[a-z]?(?:-\d+)?\b", table))
    assert len(named) > 150
    assert named <= known
    written = {x["subscription_id"] for x in club["subscriptions"]}
    ranges = {f"s{number}" for number in range(9035, 9040)}  # s9035 .. s9039
    assert {x for x in written if x.startswith("s9")} <= named | ranges


# -- states ---------------------------------------------------------------------------------------


def test_states_follow_one_another(states: dict[str, list[Row]]) -> None:
    for item, rows in states.items():
        for row in rows:
            assert row["valid_from"] < (row["valid_to"] or FOREVER), row
        for before, after in pairwise(rows):
            assert before["valid_to"] == after["valid_from"], item  # neither overlap nor gap
            told = ("status", "plan_id", "unit_amount", "quantity", "discount_percent",
                    "discount_amount", "discount_duration")  # fmt: skip
            assert any(before[x] != after[x] for x in told) or item.startswith("s9050"), after
            assert len({(x["customer_id"], x["currency"]) for x in rows}) == 1, item


def test_only_the_last_state_knows_how_it_ended(states: dict[str, list[Row]]) -> None:
    for item, rows in states.items():
        told = ("cancel_requested_at", "ended_at", "end_type", "cancel_reason")
        if item == "s9071":  # the row that says ended, too
            assert rows.pop()["status"] == "ended"
        for row in rows[:-1]:
            assert not any(row[x] for x in told), row
        last = rows[-1]
        if item == "s9013":  # a trial whose end is planned: 14 days after 2026-06-24
            assert (last["ended_at"], last["valid_to"]) == ("", "2026-07-08 18:00:00")
            continue
        assert last["ended_at"] == last["valid_to"], last
        assert bool(last["end_type"]) == bool(last["ended_at"]), last
        if last["cancel_requested_at"]:
            assert last["cancel_reason"], last
            assert last["valid_from"] <= last["cancel_requested_at"]
            assert last["cancel_requested_at"] <= (last["ended_at"] or AS_OF)
        if last["end_type"] == "voluntary":
            assert last["cancel_requested_at"], last
        if last["end_type"] == "involuntary":
            assert (last["status"], last["cancel_reason"]) == ("past_due", "payment_failed")
        assert (last["end_type"] == "trial_expired") == (
            last["status"] == "trialing" and bool(last["ended_at"])
        ), last


def test_prices_are_those_of_the_plans(club: Tables) -> None:
    plans = {row["plan_id"]: row for row in club["plans"]}
    same = ("currency", "interval_unit", "interval_count")
    for row in club["subscriptions"]:
        plan = plans[row["plan_id"]]
        assert [row[x] for x in same] == [plan[x] for x in same], row
        is_raised = row["subscription_id"] == "s9032" and row["valid_from"] >= "2025-01-01"
        assert amount(row["unit_amount"]) == (22 if is_raised else amount(plan["unit_amount"]))
        assert (row["is_metered"] == "true") == (plan["is_metered"] == "true")
        assert (row["status"] == "free") == (plan["is_free"] == "true")
        assert bool(row["discount_duration"]) == bool(
            row["discount_percent"] or row["discount_amount"]
        )


def test_members_are_customers(club: Tables, states: dict[str, list[Row]]) -> None:
    created = {row["customer_id"]: row["created_at"] for row in club["customers"]}
    unknown = set()
    for rows in states.values():
        customer = rows[0]["customer_id"]
        if customer not in created:
            unknown.add(customer)
        else:
            assert created[customer] < rows[0]["valid_from"], rows[0]
        assert rows[0]["valid_from"] >= "2024-03-01"
    assert unknown == {"c8001", "c9021"}


def test_size_of_the_club(club: Tables, states: dict[str, list[Row]]) -> None:
    assert 400 <= len({row["customer_id"] for row in club["subscriptions"]}) <= 500
    begun = {rows[0]["valid_from"][:7] for rows in states.values()}
    assert len(begun) == 29  # 2024-03 to 2026-06, and s9069 in 2026-07
    pounds = {row["customer_id"] for row in club["subscriptions"] if row["currency"] == "GBP"}
    assert len(pounds) >= 40
    later = [x for x, rows in states.items() if rows[0]["valid_from"] >= AS_OF]
    assert later == ["s9069"]


def test_every_kind_of_thing_occurs_often_enough_to_be_noticed(
    club: Tables, states: dict[str, list[Row]]
) -> None:
    def counted(table: str, column: str) -> Counter[str]:
        return Counter(row[column] for row in club[table])

    status = counted("subscriptions", "status")
    assert set(status) == {"trialing", "active", "past_due", "paused", "free", "ended"}
    assert min(status["trialing"], status["past_due"], status["paused"]) >= 20
    ends = counted("subscriptions", "end_type")
    assert ends["voluntary"] > ends["trial_expired"] > 20
    assert ends["involuntary"] >= 20
    durations = counted("subscriptions", "discount_duration")
    assert min(durations[x] for x in ("once", "repeating", "forever")) >= 30
    units = Counter((row["interval_unit"], row["interval_count"]) for row in club["subscriptions"])
    assert set(units) == {
        ("day", "1"), ("week", "1"), ("week", "4"), ("month", "1"), ("month", "3"), ("year", "1"),
        ("year", "2"),
    }  # fmt: skip
    outcomes = counted("cancel_flow_sessions", "outcome")
    assert min(outcomes[x] for x in ("saved", "cancelled", "abandoned")) >= 10
    offers = counted("cancel_flow_sessions", "offer_type")
    assert set(offers) == {"pause", "discount", "downgrade", "extension", "none"}
    assert set(counted("invoices", "status")) == {"open", "paid", "uncollectible", "void"}
    assert set(counted("payment_attempts", "trigger")) == {
        "schedule", "retry", "card_update", "manual"
    }  # fmt: skip
    kinds = Counter(
        (a["status"], b["status"]) for rows in states.values() for a, b in pairwise(rows)
    )
    assert kinds["trialing", "active"] >= 30
    assert kinds["past_due", "active"] >= 30
    assert kinds["paused", "active"] >= 8
    paused = [rows[-1] for rows in states.values() if rows[-1]["status"] == "paused"]
    assert sum(not row["valid_to"] for row in paused) >= 2
    assert sum(bool(row["valid_to"]) for row in paused) >= 2
    again = {x for x in states if re.fullmatch(r"s\d{4}b", x)}
    assert len(again) >= 25


def lasted(rows: list[Row], months: int) -> bool:
    begun, ended = at(rows[0]["valid_from"]), rows[-1]["valid_to"] or FOREVER
    return at(ended) >= begun + timedelta(days=30 * months)


def test_those_who_stay_are_more_loyal_and_later_cohorts_are_better(
    states: dict[str, list[Row]],
) -> None:
    first = [rows for item, rows in states.items() if re.fullmatch(r"s[0-8]\d{3}", item)]
    shares = {}
    for year, until in (("2024", "2025-01"), ("2025", "2025-07")):  # a year of life and more
        cohort = [rows for rows in first if year <= rows[0]["valid_from"] < until]
        assert len(cohort) > 40
        kept = [sum(lasted(rows, months) for rows in cohort) for months in (1, 4, 8, 12)]
        chances = [Fraction(b, a) for a, b in pairwise(kept)]
        assert chances[-1] > chances[0]
        shares[year] = Fraction(kept[-1], len(cohort))
    assert shares["2025"] > shares["2024"]


# -- bills ----------------------------------------------------------------------------------------


def holds(row: Row, moment: str) -> bool:
    return row["valid_from"] <= moment < (row["valid_to"] or FOREVER)


def test_an_invoice_agrees_with_the_states_at_its_beginning(
    club: Tables, invoices: dict[str, list[Row]], states: dict[str, list[Row]]
) -> None:
    items: dict[str, list[Row]] = defaultdict(list)
    for rows in states.values():
        items[rows[0]["subscription_id"]] += rows
    assert set(invoices) <= set(items)
    for invoice in club["invoices"]:
        start = invoice["period_start"]
        assert invoice["issued_at"] == start < invoice["period_end"]
        subtotal = off = Decimal(0)
        for row in items[invoice["subscription_id"]]:
            is_metered = row["is_metered"] == "true"
            if row["valid_to"] != start if is_metered else not holds(row, start):
                continue
            assert row["status"] in ("active", "past_due"), invoice
            assert row["currency"] == invoice["currency"]
            assert row["customer_id"] == invoice["customer_id"]
            price = amount(row["unit_amount"]) * amount(row["quantity"])
            percent = cents(price * amount(row["discount_percent"]) / 100)
            subtotal += price
            off += min(price, percent + amount(row["discount_amount"]))
        assert (amount(invoice["subtotal"]), amount(invoice["discount"])) == (subtotal, off)
        assert amount(invoice["total"]) == subtotal - off + amount(invoice["tax"])


def test_everything_that_is_paid_for_is_billed(
    invoices: dict[str, list[Row]], states: dict[str, list[Row]]
) -> None:
    """At every moment of a paid state a billed period runs; none is billed twice."""
    for rows in states.values():
        bills = invoices[rows[0]["subscription_id"]]
        for before, after in pairwise(bills):
            changed = (
                after["billing_reason"] == "update" or before["period_end"] > after["issued_at"]
            )
            assert before["period_end"] <= after["issued_at"] or changed, after
        for row in rows:
            if row["status"] in ("active", "past_due") and row["valid_from"] < AS_OF:
                covering = [
                    x for x in bills if x["period_start"] <= row["valid_from"] < x["period_end"]
                ]
                assert covering, row
        if rows[0]["status"] in ("trialing", "free"):
            paid = [x["valid_from"] for x in rows if x["status"] == "active"]
            assert [x["issued_at"] for x in bills[:1]] == paid[:1]


def test_the_periods_of_the_thirty_first(invoices: dict[str, list[Row]]) -> None:
    days = [row["issued_at"][:10] for row in invoices["s9067"][:5]]
    assert days == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]


def test_attempts_agree_with_the_status_of_their_invoice(
    club: Tables, attempts: dict[str, list[Row]]
) -> None:
    assert set(attempts) <= {row["invoice_id"] for row in club["invoices"]}
    for invoice in club["invoices"]:
        rows = attempts[invoice["invoice_id"]]
        assert [int(x["attempt_number"]) for x in rows] == list(range(1, len(rows) + 1))
        times = [x["attempted_at"] for x in rows]
        assert times == sorted(set(times))
        assert all(invoice["issued_at"] <= x < AS_OF for x in times)
        assert all(x["amount"] == invoice["total"] for x in rows)
        assert all(x["currency"] == invoice["currency"] for x in rows)
        succeeded = [x["succeeded"] == "true" for x in rows]
        if invoice["status"] == "paid":
            assert invoice["amount_paid"] == invoice["total"]
            assert succeeded == [False] * (len(rows) - 1) + [True] if rows else True
            assert bool(rows) == bool(amount(invoice["total"])), invoice
            assert not rows or rows[-1]["attempted_at"] == invoice["closed_at"]
        else:
            assert not any(succeeded), invoice
            assert amount(invoice["amount_paid"]) == 0
            assert bool(invoice["closed_at"]) == (invoice["status"] != "open")
        for row in rows:
            assert (
                bool(row["failure_code"])
                == bool(row["decline_type"])
                == (row["succeeded"] == "false")
            )
        if any(row["decline_type"] == "hard" for row in rows):
            assert all(row["trigger"] != "retry" for row in rows), invoice


def test_past_due_begins_with_a_failure_and_ends_with_its_invoice(
    states: dict[str, list[Row]], invoices: dict[str, list[Row]], attempts: dict[str, list[Row]]
) -> None:
    failed = {
        (row["subscription_id"], row["issued_at"]): row
        for rows in invoices.values()
        for row in rows
        if any(x["succeeded"] == "false" for x in attempts[row["invoice_id"]])
    }
    seen = set()
    for rows in states.values():
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            if row["status"] != "past_due":
                continue
            key = row["subscription_id"], row["valid_from"]
            seen.add(key)
            invoice = failed[key]
            assert invoice["closed_at"] == row["valid_to"], row
            if not row["valid_to"]:
                assert invoice["status"] == "open"
            elif after is None:
                assert (invoice["status"], row["end_type"]) == ("uncollectible", "involuntary")
            else:
                assert invoice["status"] in ("paid", "void")
                assert after["status"] == "active"
    assert seen == failed.keys()


def test_refunds_of_invoices(club: Tables) -> None:
    invoices = {row["invoice_id"]: row for row in club["invoices"]}
    found = [row for row in club["refunds"] if row["invoice_id"]]
    assert len(found) >= 15
    for row in found:
        invoice = invoices[row["invoice_id"]]
        assert invoice["status"] == "paid"
        assert not row["order_id"]
        assert invoice["closed_at"] < row["refunded_at"] < AS_OF
        net = amount(invoice["total"]) - amount(invoice["tax"])
        assert 0 < amount(row["amount"]) <= net
        assert amount(row["tax_amount"]) <= amount(invoice["tax"])


def test_everybody_who_pays_has_one_card_that_is_charged(club: Tables) -> None:
    defaults = Counter(
        row["customer_id"] for row in club["payment_methods"] if row["is_default"] == "true"
    )
    assert set(defaults.values()) == {1}
    assert {row["customer_id"] for row in club["subscriptions"]} == set(defaults)
    soon = [
        row
        for row in club["payment_methods"]
        if row["is_default"] == "true"
        and (row["exp_year"], int(row["exp_month"])) in {("2026", month) for month in (6, 7, 8)}
    ]
    assert len(soon) >= 10


def test_visits_to_the_cancellation_flow(club: Tables, states: dict[str, list[Row]]) -> None:
    reasons = {"too_expensive", "too_much_coffee", "not_enough_use", "taste", "competitor",
               "moving", "other"}  # fmt: skip
    owners = {row["subscription_id"]: row["customer_id"] for row in club["subscriptions"]}
    for row in club["cancel_flow_sessions"]:
        assert row["customer_id"] == owners[row["subscription_id"]]
        assert "2024-09-01" <= row["started_at"] < AS_OF
        assert bool(row["completed_at"]) == (row["outcome"] != "abandoned")
        assert row["reason_code"] in reasons or row["session_id"] == "f9063-1"
        last = states[row["subscription_id"]][-1]
        if row["outcome"] == "cancelled":
            assert last["cancel_requested_at"], row
            assert last["cancel_reason"] == row["reason_code"]
        else:
            assert not last["ended_at"] or last["ended_at"] > row["started_at"]


# -- stories --------------------------------------------------------------------------------------

PER_MONTH = {
    "day": Fraction(365, 12),
    "week": Fraction(52, 12),
    "month": Fraction(1),
    "year": Fraction(1, 12),
}


def mrr(row: Row) -> Fraction:
    """MRR of a state by the specification: once-only discounts and metered items count for
    nothing."""
    if row["status"] not in ("active", "past_due") or row["is_metered"] == "true":
        return Fraction(0)
    price = Fraction(row["unit_amount"]) * Fraction(row["quantity"])
    if row["discount_duration"] != "once":
        price *= 1 - Fraction(row["discount_percent"] or "0") / 100
        price = max(price - Fraction(row["discount_amount"] or "0"), Fraction(0))
    return price * PER_MONTH[row["interval_unit"]] / int(row["interval_count"])


@pytest.mark.parametrize(
    ("subscriptions", "expected"),
    [
        ("s9001", "2025-02:20 2025-03:36 2025-08:36 2025-09:0"),
        ("s9002", "2024-03:0 2024-04:17 2025-06:17 2026-06:17"),
        ("s9003 s9003b", "2024-03:20 2024-04:20 2024-05:0 2024-06:36"),
        ("s9004 s9004b", "2024-05:20 2024-06:0 2024-11:0 2024-12:20"),
        ("s9005", "2024-08:36 2024-09:0 2024-10:0 2024-11:36"),
        ("s9006", "2025-01:20 2025-02:0 2025-04:0"),
        ("s9007", "2026-04:20 2026-05:0 2026-06:0"),
        ("s9008", "2025-04:18 2025-05:11"),
        ("s9009", "2024-03:0 2024-04:0"),
        ("s9010", "2025-02:12 2025-03:12"),
        ("s9011", "2024-02:0 2024-03:20"),
        ("s9012", "2024-05:0 2024-06:0"),
        ("s9013", "2026-06:0"),
        ("s9014", "2024-09:0 2024-10:30"),
        ("s9015 s9015b", "2024-07:0 2024-08:0 2024-09:20"),
        ("s9016", "2024-04:20 2024-05:20"),
        ("s9017", "2024-03:36 2024-04:36 2024-05:0"),
        ("s9019x s9019y s9019z", "2024-07:20 2024-08:32 2024-09:12 2024-10:36"),
        ("s9020 s9020b", "2024-10:20 2024-11:36"),
        ("s9021 s9021b", "2024-10:20 2024-11:0 2024-12:36"),
        ("s9022", "2026-06:20"),
        ("s9023", "2025-09:30 2026-03:30 2026-04:0"),
        ("s9025", "2024-08:0 2024-09:20 2025-01:20 2025-02:0"),
        ("s9026", "2024-06:0 2026-06:0"),
        ("s9027", "2024-04:20 2024-05:20"),
        ("s9028", "2024-04:15 2024-06:15 2024-07:20"),
        ("s9029", "2024-04:27 2026-06:27"),
        ("s9030", "2024-12:13 2025-01:9 2025-02:9 2025-03:13"),
        ("s9031", "2024-05:20 2024-06:20"),
        ("s9032", "2024-12:20 2025-01:22"),
        ("s9033", "2024-06:45 2024-10:72 2025-04:54"),
        ("s9034", "2024-07:20 2024-08:24 2025-01:24 2025-02:20"),
        ("s9035", "2026-02:13 2026-04:13 2026-05:0"),
        ("s9036", "2025-05:18.25 2025-06:0"),
        ("s9037", "2024-06:18"),
        ("s9038", "2024-06:16 2026-06:16"),
        ("s9039", "2025-06:19.5"),
        ("s9040", "2024-08:20 2024-09:17"),
        ("s9041 s9041b", "2024-08:20 2024-09:0 2024-10:0 2024-11:20"),
        ("s9042 s9042b", "2024-12:20 2025-01:40"),
        ("s9043 s9043b", "2025-01:12 2025-02:36"),
        ("s9050", "2025-10:108 2026-06:108"),
        ("s9053", "2024-09:12 2024-12:12 2025-03:12"),
        ("s9054 s9054b", "2025-02:20 2025-03:0 2025-04:20"),
        ("s9055", "2026-06:20"),
        ("s9056", "2026-06:18"),
        ("s9059", "2025-01:20 2025-02:10 2025-04:10 2025-05:20"),
        ("s9060", "2025-01:20 2025-02:0 2025-04:20"),
        ("s9061", "2025-01:36 2025-02:20"),
        ("s9062", "2025-02:20 2025-03:0"),
        ("s9064", "2026-05:20 2026-06:15"),
        ("s9065", "2024-09:0 2024-10:20 2025-03:20 2025-04:0"),
        ("s9066", "2024-08:0 2024-09:20 2025-02:20 2025-03:0"),
        ("s9068", "2026-06:20"),
        ("s9070", "2024-11:20 2024-12:0"),
        ("s9071", "2024-12:20 2025-01:0"),
    ],
)
def test_mrr_of_the_stories_at_month_ends(
    subscriptions: str, expected: str, states: dict[str, list[Row]]
) -> None:
    rows = [
        x for item in states.values() for x in item if x["subscription_id"] in subscriptions.split()
    ]
    for word in expected.split():
        month, _, value = word.partition(":")
        year, number = int(month[:4]), int(month[5:])
        end = f"{year + number // 12}-{number % 12 + 1:02d}-01 00:00:00"
        # the state at the instant before the month's end
        closing = [x for x in rows if x["valid_from"] < end <= (x["valid_to"] or FOREVER)]
        assert sum((mrr(x) for x in closing), Fraction(0)) == Fraction(value), word


def test_the_events_fold_to_the_states(club: Tables, states: dict[str, list[Row]]) -> None:
    """What is told twice is told alike; requests to cancel are told by states only."""
    told = ("plan_id", "currency", "unit_amount", "quantity", "interval_unit", "interval_count",
            "discount_percent", "discount_amount")  # fmt: skip
    meaning = {"start": "active", "resume": "active", "recover": "active", "pause": "paused",
               "trial_start": "trialing", "past_due": "past_due"}  # fmt: skip
    histories = defaultdict(list)
    for row in sorted(club["subscription_events"], key=lambda row: row["occurred_at"]):
        histories[row["subscription_item_id"]].append(row)
    assert len(histories) == 10
    assert {row["event_type"] for row in club["subscription_events"]} == {*meaning, "change", "end"}
    for item, events in histories.items():
        now: Row = {}
        folded: list[Row] = []
        for event in events:
            if folded:
                folded[-1]["valid_to"] = event["occurred_at"]
            if event["event_type"] == "end":
                folded[-1] |= {"end_type": event["end_type"], "ended_at": event["occurred_at"]}
                continue
            now |= {name: event[name] for name in told if event[name]}
            now["status"] = meaning.get(event["event_type"], now.get("status", ""))
            folded.append(now | {"valid_from": event["occurred_at"], "valid_to": ""})
        wanted = ("status", "valid_from", "valid_to", *told)
        assert [
            {x: row.get(x, "").replace("0", "") if "discount" in x else row[x] for x in wanted}
            for row in folded
        ] == [
            {x: row[x].replace("0", "") if "discount" in x else row[x] for x in wanted}
            for row in states[item]
        ], item
        assert folded[-1].get("end_type", "") == states[item][-1]["end_type"]


def test_stories_of_dunning(attempts: dict[str, list[Row]], invoices: dict[str, list[Row]]) -> None:
    def bill(subscription: str, number: int) -> Row:
        return invoices[subscription][number - 1]

    def tries(subscription: str, number: int) -> list[tuple[str, str]]:
        rows = attempts[bill(subscription, number)["invoice_id"]]
        return [(row["attempted_at"][5:10], row["trigger"]) for row in rows]

    assert tries("s9016", 3) == [
        ("05-10", "schedule"), ("05-11", "retry"), ("05-13", "retry"), ("05-15", "retry"), ("05-17", "retry")
    ]  # fmt: skip
    assert bill("s9017", 2)["status"] == "uncollectible"
    assert bill("s9017", 2)["closed_at"] == "2024-05-12 08:00:00"
    assert tries("s9018", 5) == [("08-11", "schedule"), ("08-13", "card_update")]
    assert bill("s9051", 9)["status"] == "open"
    assert len(tries("s9051", 9)) == 5
    assert bill("s9052", 3)["status"] == "void"
    recovered = [tries("s9053", number)[-1] for number in (2, 5, 8)]
    assert recovered == [("10-01", "retry"), ("01-02", "manual"), ("03-29", "retry")]


def test_stories_of_bills(invoices: dict[str, list[Row]], club: Tables) -> None:
    half = next(row for row in club["refunds"] if row["refund_id"] == "ri9002-02")
    assert amount(half["amount"]) == Decimal("102.00")  # 204 / 2
    assert [amount(x["subtotal"]) - amount(x["discount"]) for x in invoices["s9027"][:2]] == [
        10,
        20,
    ]
    assert [amount(x["total"]) > 0 for x in invoices["s9031"][:2]] == [False, True]
    both = invoices["s9034"]
    assert {amount(x["subtotal"]) for x in both} == {Decimal(20), Decimal(24)}
    # 12 seats at 9.00; from the second bill on the cups of the month before: 410 x 0.10 = 41.00
    assert [amount(x["subtotal"]) for x in invoices["s9050"][:3]] == [108, 149, 146]
    assert all(x["due_at"] for x in invoices["s9050"])
    yearly = invoices["s9040"]
    assert [(x["issued_at"][:10], amount(x["subtotal"])) for x in yearly[2:5]] == [
        ("2024-08-10", Decimal(20)), ("2024-09-10", Decimal(20)), ("2024-09-20", Decimal(204))
    ]  # fmt: skip
    assert yearly[4]["billing_reason"] == "update"

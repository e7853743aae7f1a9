"""What was done and what should be: campaigns against their holdout, accounts at risk, warnings.

Room:  tell. Imports blocks, figures, marks, parts, published, tables.
In:    the published file.  Out: three Sections. Accounts are named, persons never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from retention_pipeline.reporting import figures
from retention_pipeline.reporting.blocks import Figure, Legend, Listing, Section
from retention_pipeline.reporting.marks import Axis, Point, Series, both
from retention_pipeline.reporting.parts import Part, section
from retention_pipeline.reporting.published import Published
from retention_pipeline.reporting.tables import Kind, Row, Rows, Table, columns, day, signed

_CAMPAIGNS = columns(
    ("name", "Campaign", Kind.TEXT),
    ("variant", "Variant", Kind.TEXT),
    ("channel", "Channel", Kind.TEXT),
    ("started_at", "Started", Kind.DATE),
    ("treated_customers", "Treated", Kind.COUNT),
    ("treated_conversion_rate", "bought", Kind.RATE),
    ("holdout_customers", "Holdout", Kind.COUNT),
    ("holdout_conversion_rate", "bought", Kind.RATE),
    ("conversion_rate_difference", "Effect", Kind.RATE),
    ("difference_ci_low", "95% from", Kind.RATE),
    ("difference_ci_high", "to", Kind.RATE),
    ("incremental_revenue", "Revenue it brought", Kind.MONEY),
    ("cost", "Cost", Kind.MONEY),
    ("comparison_status", "Comparison", Kind.WORD),
)
_WORTH = columns(
    ("name", "Campaign", Kind.TEXT),
    ("incremental_revenue", "Brought", Kind.MONEY),
    ("cost", "Cost", Kind.MONEY),
    ("cost_per_incremental_order", "per order won", Kind.MONEY),
)
_ACCOUNTS = columns(
    ("name", "Account", Kind.TEXT),
    ("health_score", "Health", Kind.NUMBER),
    ("health_band", "Band", Kind.WORD),
    ("coverage", "Known inputs", Kind.RATE),
    ("active_users", "Active users", Kind.COUNT),
    ("seats_purchased", "Seats", Kind.COUNT),
    ("is_single_champion", "Hangs on one person", Kind.FLAG),
    ("renewal_date", "Renewal", Kind.DATE),
    ("days_to_renewal", "in days", Kind.COUNT),
)
_MOST_ROWS = 40


def campaigns_section(data: Published) -> Section:
    return section(
        data,
        "campaigns",
        (
            "Campaigns",
            "What did the campaigns really bring?",
            "Customers who were treated against a holdout that was left alone, by assignment. "
            "An interval that crosses zero has shown nothing; without a holdout there is no effect to show.",
        ),
        [Part("campaigns", "campaigns and campaign_members", campaigns)],
    )


def campaigns(data: Published) -> Sequence[Any]:
    rows = data.ask(
        "campaign_performance",
        [*_CAMPAIGNS, "campaign_id", "cost_per_incremental_order"],
        order=f"started_at desc, campaign_id, variant limit {_MOST_ROWS}",
    )
    table = Table("Campaigns, the newest first", "campaign_performance", _CAMPAIGNS, rows)
    blocks: list[Any] = []
    compared = [row for row in rows if row["conversion_rate_difference"] is not None]
    if compared:
        blocks += [_effects(compared, table), _worth(compared)]
    blocks.append(
        Listing(
            "campaigns",
            "Every campaign",
            f"{len(compared)} of {len(rows)} campaigns and variants can be compared with a holdout.",
            "campaign_performance.conversion_rate_difference, difference_ci_low, difference_ci_high",
            table,
            folded=bool(compared),
            full=True,
        )
    )
    return blocks


def _effects(rows: Rows, table: Table) -> Figure:
    clear = [row for row in rows if _excludes_zero(row)]
    series = [
        Series("clear", 1, [_effect(row) for row in rows if _excludes_zero(row)]),
        Series("unclear", 7, [_effect(row) for row in rows if not _excludes_zero(row)]),
    ]
    wide, narrow = both(lambda size: figures.forest(series, Axis("+.0%"), size))
    return Figure(
        "campaign-effects",
        "Effect on the share of customers who buy",
        f"{len(clear)} of {len(rows)} comparisons show an effect that chance alone would hardly make.",
        "campaign_performance.conversion_rate_difference, difference_ci_low, difference_ci_high",
        wide,
        narrow,
        Table(table.caption, table.mart, table.columns, rows),
        [
            Legend("the 95% interval excludes zero", 1, "line"),
            Legend("it does not: no effect shown", 7, "line"),
        ],
    )


def _worth(rows: Rows) -> Listing:
    wholes = [row for row in rows if row["variant"] == "all"]
    return Listing(
        "campaign-worth",
        "What they brought and cost",
        "Revenue above what the holdout says would have come anyway, and what an order so won cost.",
        "campaign_performance.incremental_revenue, cost, cost_per_incremental_order",
        Table("Compared campaigns", "campaign_performance", _WORTH, wholes),
    )


def _excludes_zero(row: Row) -> bool:
    low, high = row["difference_ci_low"], row["difference_ci_high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def _effect(row: Row) -> Point:
    name = str(row["name"]) if row["variant"] == "all" else f"{row['name']} · {row['variant']}"
    low, high = row["difference_ci_low"], row["difference_ci_high"]
    said = (
        f" ({signed(100 * low)} to {signed(100 * high)})"
        if low is not None and high is not None
        else ""
    )
    tip = f"{name}: {signed(100 * row['conversion_rate_difference'])} points{said}"
    return Point(name, row["conversion_rate_difference"], tip, low, high)


# -- accounts -------------------------------------------------------------------------------------
def accounts_section(data: Published) -> Section:
    return section(
        data,
        "accounts",
        (
            "Account health",
            "Which accounts need a visit?",
            "A score of 0 to 100 from use, breadth, depth, sentiment, support and payments; what is not known "
            "is left out of it, and the coverage says how much is known.",
        ),
        [Part("account health", "accounts", accounts)],
    )


def accounts(data: Published) -> Sequence[Listing]:
    last = data.ask("account_health", ["date"], order="date desc limit 1", until="date")[0]["date"]
    rows = data.ask(
        "account_health",
        _ACCOUNTS,
        where=f"date = date '{last}'",
        order=f"health_score nulls last, name limit {_MOST_ROWS}",
        until="date",
    )
    bands: dict[str, int] = {}
    for row in rows:
        name = str(row["health_band"] or "without a score")
        bands[name] = bands.get(name, 0) + 1
    said = ", ".join(f"{n} {name}" for name, n in bands.items())
    return [
        Listing(
            "accounts",
            f"Accounts on {day(last)}, the least healthy first",
            f"{len(rows)} accounts: {said}.",
            "account_health.health_score, health_band, coverage, is_single_champion",
            Table(f"Account health on {day(last)}", "account_health", _ACCOUNTS, rows),
            {"health_score": 100.0},
            full=True,
        )
    ]


# -- warnings -------------------------------------------------------------------------------------
_SIGNALS = columns(
    ("signal", "Signal", Kind.WORD),
    ("customers", "Customers", Kind.COUNT),
    ("accounts", "Accounts", Kind.COUNT),
    ("limit_value", "Limit", Kind.NUMBER),
)


def warnings_section(data: Published) -> Section:
    return section(
        data,
        "warnings",
        (
            "Warning signs",
            "Who shows signs of leaving?",
            "Fewer logins, shorter visits, fewer core actions, an overdue order, a failed payment: how many "
            "customers and accounts show each sign now. Who they are: warning_signs in the marts.",
        ),
        [Part("warning signs", "events, orders or subscriptions", warnings)],
    )


def warnings(data: Published) -> Sequence[Listing]:
    wanted = ["date", "entity_type", "signal", "limit_value"]
    last = data.ask("warning_signs", wanted, order="date desc limit 1", until="date")[0]["date"]
    rows = data.rows(
        "select signal, count(distinct case when entity_type = 'customer' then entity_id end) as customers,"
        " count(distinct case when entity_type = 'account' then entity_id end) as accounts,"
        f" min(limit_value) as limit_value from marts.warning_signs where date = date '{last}'"
        " group by signal order by customers desc, signal"
    )
    return [
        Listing(
            "warning-signs",
            f"Warning signs on {day(last)}",
            f"The most frequent one is {str(rows[0]['signal']).replace('_', ' ')}: {rows[0]['customers']:,} customers.",
            "warning_signs.signal, entity_type",
            Table(f"Warning signs on {day(last)}", "warning_signs", _SIGNALS, rows),
            {"customers": float(max(row["customers"] for row in rows) or 1)},
            full=True,
        )
    ]

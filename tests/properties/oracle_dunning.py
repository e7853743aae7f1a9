"""Failed payments: what became of every invoice that failed at least once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from tests.properties.oracle_calendar import moment, period_start, to_local, to_utc
from tests.properties.oracle_customers import Row, flag, text

OUTCOMES = {"uncollectible": "lost", "void": "voided"}


@dataclass(frozen=True)
class Dunned:
    """One invoice from its first failure on."""

    invoice_id: str
    amount: Decimal
    month: date
    attempts: int
    first_failed_at: datetime
    outcome: str
    recovered_by: str | None
    recovered_at: datetime | None

    @property
    def days_to_recover(self) -> Fraction | None:
        """24-hour days from the first failure to the payment."""
        if self.recovered_at is None:
            return None
        passed = self.recovered_at - self.first_failed_at
        return Fraction(int(passed.total_seconds()), 86_400)


def dunned(rows: Mapping[str, Sequence[Row]], variables: Mapping[str, object]) -> list[Dunned]:
    """Invoices with a failed attempt before as_of."""
    zone = str(variables.get("reporting_timezone", "UTC"))
    as_of = moment(variables["as_of"])
    assert as_of is not None
    cut = to_utc(as_of, zone)
    found = []
    for invoice in rows["invoices"]:
        tries = sorted(
            (
                (at, int(str(row.get("attempt_number") or 0)), row)
                for row in rows["payment_attempts"]
                if row["invoice_id"] == invoice["invoice_id"]
                and (at := moment(row["attempted_at"])) is not None
                and at < cut
            ),
            key=lambda attempt: attempt[:2],
        )
        failures = [at for at, _, row in tries if not flag(row["succeeded"])]
        if not failures:
            continue
        paid = [(at, row) for at, _, row in tries if flag(row["succeeded"]) and at >= failures[0]]
        closed = moment(invoice.get("closed_at"))
        ended = closed is not None and closed < cut
        outcome, by, when = "in_progress", None, None
        if paid:
            outcome, by, when = "recovered", text(paid[0][1].get("trigger")), paid[0][0]
        elif ended and str(invoice["status"]) in OUTCOMES:
            outcome = OUTCOMES[str(invoice["status"])]
        elif ended and invoice["status"] == "paid":
            outcome, by, when = "recovered", "manual", closed
        found.append(
            Dunned(
                invoice_id=str(invoice["invoice_id"]),
                amount=Decimal(str(invoice["total"])),
                month=period_start("month", to_local(failures[0], zone).date()),
                attempts=len(tries),
                first_failed_at=failures[0],
                outcome=outcome,
                recovered_by=by,
                recovered_at=when,
            )
        )
    return found


def attempted(rows: Mapping[str, Sequence[Row]], variables: Mapping[str, object]) -> int:
    """Invoices with any attempt before as_of."""
    zone = str(variables.get("reporting_timezone", "UTC"))
    as_of = moment(variables["as_of"])
    assert as_of is not None
    cut = to_utc(as_of, zone)
    return len(
        {
            row["invoice_id"]
            for row in rows["payment_attempts"]
            if (at := moment(row["attempted_at"])) is not None and at < cut
        }
    )

"""Surveys and complaints, counted the slow way: one period, one customer, one day at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.properties.harness_voice import reference
from tests.properties.oracle_calendar import (
    midnight,
    moment,
    next_period,
    period_start,
    to_local,
    to_utc,
)
from tests.properties.oracle_customers import Row, flag

SCALES = {"nps": (0, 10, 6, 9), "csat": (1, 5, 2, 4), "ces": (1, 7, 3, 5)}


@dataclass(frozen=True)
class Shop:
    """Who is who, what time it is, and who bought when."""

    rows: Mapping[str, Sequence[Row]]
    variables: Mapping[str, object]

    @property
    def zone(self) -> str:
        return str(self.variables.get("reporting_timezone", "UTC"))

    @property
    def as_of(self) -> datetime:
        found = moment(self.variables["as_of"])
        assert found is not None
        return found

    @property
    def cut(self) -> datetime:
        return to_utc(self.as_of, self.zone)

    def who(self, name: object) -> str | None:
        """The canonical customer; None for staff."""
        row = next((x for x in self.rows["customers"] if x["customer_id"] == name), {})
        canonical = str(row.get("merged_into_customer_id") or name)
        staff = [x for x in self.rows["customers"] if flag(x.get("is_internal"))]
        return None if canonical in {x["customer_id"] for x in staff} else canonical

    def day(self, at: datetime) -> date:
        return to_local(at, self.zone).date()

    def before(self, value: object) -> datetime | None:
        """The moment, if it lies before as_of."""
        at = moment(value)
        return at if at is not None and to_local(at, self.zone) < self.as_of else None

    def orders(self, customer: str) -> list[tuple[datetime, Row]]:
        found = (
            (at, row)
            for row in self.rows["orders"]
            if self.who(row["customer_id"]) == customer
            and (at := self.before(row["ordered_at"])) is not None
        )
        return sorted(found, key=lambda order: (order[0], str(order[1]["order_id"])))

    def order_days(self, customer: str) -> list[date]:
        return [self.day(at) for at, _ in self.orders(customer)]


def is_valid(kind: str, score: object) -> bool:
    """A whole number on the scale."""
    if score is None or score == "":
        return False
    value, (low, high, _, _) = Fraction(str(score)), SCALES[kind]
    return value.denominator == 1 and low <= value <= high


def nps(shop: Shop, grain: str) -> dict[tuple[object, ...], dict[str, object]]:
    """The rows of all customers, from the first survey to as_of."""
    surveys = [row for row in shop.rows["survey_responses"] if shop.who(row["customer_id"])]
    moments = [
        at
        for row in surveys
        for column in ("sent_at", "responded_at")
        if (at := shop.before(row[column])) is not None
    ]
    if not moments:
        return {}
    found: dict[tuple[object, ...], dict[str, object]] = {}
    start = period_start(grain, shop.day(min(moments)))
    while midnight(start) < shop.as_of:
        found[(start,)] = nps_of(shop, surveys, start, next_period(grain, start))
        start = next_period(grain, start)
    return found


def nps_of(shop: Shop, surveys: Sequence[Row], start: date, end: date) -> dict[str, object]:
    """One period."""

    def inside(value: object) -> bool:
        at = shop.before(value)
        return at is not None and start <= shop.day(at) < end

    latest: dict[str, dict[str, Fraction]] = {kind: {} for kind in SCALES}
    answers = [row for row in surveys if inside(row["responded_at"])]
    for row in sorted(answers, key=lambda x: (moment(x["responded_at"]), x["response_id"])):
        kind, customer = str(row["survey_type"]), shop.who(row["customer_id"])
        if is_valid(kind, row["score"]) and customer:
            latest[kind][customer] = Fraction(str(row["score"]))
    scores = list(latest["nps"].values())
    n = len(scores)
    p, d = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
    sent = [row for row in surveys if row["survey_type"] == "nps" and inside(row["sent_at"])]
    answered = sum(shop.before(row["responded_at"]) is not None for row in sent)
    is_over = midnight(end) <= shop.as_of
    margin = 196 * math.sqrt((Fraction(p + d, n) - Fraction(p - d, n) ** 2) / n) if n else None
    easy = sum(score >= SCALES["ces"][3] for score in latest["ces"].values())
    return {
        "responses": n,
        "promoters": p,
        "passives": n - p - d,
        "detractors": d,
        "nps": Fraction(100 * (p - d), n) if n and is_over else None,
        "margin_95": Fraction(margin) if margin is not None else None,
        "invalid_answers": sum(
            row["survey_type"] == "nps" and not is_valid("nps", row["score"]) for row in answers
        ),
        "surveys_sent": len(sent),
        "surveys_answered": answered,
        "response_rate_partial": Fraction(answered, len(sent)) if sent else None,
        "csat_responses": len(latest["csat"]),
        "csat_average": Fraction(sum(latest["csat"].values()), len(latest["csat"]))
        if latest["csat"]
        else None,
        "ces_responses": len(latest["ces"]),
        "ces_easy": easy,
        "is_complete": is_over,
    }


def bands(measure: str) -> Iterator[tuple[int, float]]:
    """First and last value of each band."""
    for row in reference("complaint_match_bands"):
        if row["measure"] == measure:
            yield int(row["from_value"]), float(row["to_value"] or math.inf)


def band_of(measure: str, value: int) -> tuple[int, float] | None:
    return next((band for band in bands(measure) if band[0] <= value <= band[1]), None)


def standing(days: Sequence[date], day: date) -> tuple[object, object]:
    """The two bands of a customer at the end of a day; None before the first order."""
    past = [x for x in days if x <= day]
    if not past:
        return None, None
    return band_of("orders", len(past)), band_of("recency_days", (day - past[-1]).days)


def buys_soon(days: Sequence[date], day: date) -> bool:
    return any(day < x <= day + timedelta(days=90) for x in days)


def complaints(shop: Shop) -> dict[tuple[object, ...], dict[str, object]]:
    """Every complaint, beside all like customers who never complained."""
    found: dict[tuple[object, ...], dict[str, object]] = {}
    tickets = [
        (at, customer, row)
        for row in shop.rows["tickets"]
        if flag(row.get("is_complaint"))
        and (customer := shop.who(row["customer_id"]))
        and (at := shop.before(row["created_at"])) is not None
    ]
    complainers = {customer for _, customer, _ in tickets}
    others = {shop.who(row["customer_id"]) for row in shop.rows["customers"]} - complainers - {None}
    for at, customer, row in tickets:
        day, days = shop.day(at), shop.order_days(customer)
        mine = standing(days, day)
        like = [
            shop.order_days(str(other))
            for other in others
            if mine[0] is not None and standing(shop.order_days(str(other)), day) == mine
        ]
        mature = midnight(day + timedelta(days=91)) <= shop.as_of
        found[(row["ticket_id"],)] = {
            "orders_before": sum(x <= day for x in days),
            "is_buyer_90d": mine[0] is not None and mature,
            "has_repurchased_90d": mine[0] is not None and buys_soon(days, day),
            "like_customers": len(like) or None,
            "like_repurchased_90d": sum(buys_soon(x, day) for x in like) if like else None,
        }
    return found

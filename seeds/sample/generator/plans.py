"""What the coffee club sells: plans in two currencies, add-ons, a metered machine, a free letter."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """One price: an amount for so many units of an interval."""

    plan_id: str
    product_id: str
    name: str
    tier_rank: str
    interval_unit: str
    interval_count: int
    price: Decimal
    currency: str

    @property
    def is_metered(self) -> bool:
        """Billed by use, after the fact."""
        return self.product_id == "club_machine"

    @property
    def is_free(self) -> bool:
        """Costs nothing by itself: no trial, no discount."""
        return self.price == 0

    @property
    def interval(self) -> tuple[str, int]:
        """How long the price lasts; a change of it starts a new clock."""
        return self.interval_unit, self.interval_count


def _plan(line: str) -> Plan:
    plan_id, product_id, name, rank, count, unit, price = (x.strip() for x in line.split("|"))
    currency = "GBP" if plan_id.endswith("_gbp") else "EUR"
    return Plan(plan_id, product_id, name, rank, unit, int(count), Decimal(price), currency)


# id | product | name | rank of the tier (of add-ons: none) | interval | price
PLANS = {
    plan.plan_id: plan
    for plan in map(
        _plan,
        """
        letter           | club_letter  | Free letter           | 0 | 1 | month |   0
        taster           | club_taster  | Taster                | 1 | 1 | month |  12
        taster_week      | club_taster  | Taster, weekly        | 1 | 1 | week  |   3
        cup_day          | club_cup     | A cup a day           | 1 | 1 | day   |   0.60
        classic          | club_classic | Classic               | 2 | 1 | month |  20
        classic_4weeks   | club_classic | Classic, four weeks   | 2 | 4 | week  |  18
        classic_quarter  | club_classic | Classic, quarterly    | 2 | 3 | month |  54
        classic_year     | club_classic | Classic, yearly       | 2 | 1 | year  | 204
        classic_2years   | club_classic | Classic, two years    | 2 | 2 | year  | 384
        barista          | club_barista | Barista               | 3 | 1 | month |  36
        barista_year     | club_barista | Barista, yearly       | 3 | 1 | year  | 360
        office           | club_office  | Office, per seat      | 4 | 1 | month |   9
        filters          | club_filters | Filters (add-on)      |   | 1 | month |   4
        machine          | club_machine | Machine, per cup      |   | 1 | month |   0.10
        taster_gbp       | club_taster  | Taster                | 1 | 1 | month |  11
        classic_gbp      | club_classic | Classic               | 2 | 1 | month |  18
        classic_quarter_gbp | club_classic | Classic, quarterly | 2 | 3 | month |  48
        classic_year_gbp | club_classic | Classic, yearly       | 2 | 1 | year  | 180
        barista_gbp      | club_barista | Barista               | 3 | 1 | month |  32
        barista_year_gbp | club_barista | Barista, yearly       | 3 | 1 | year  | 330
        """.strip().splitlines(),
    )
}

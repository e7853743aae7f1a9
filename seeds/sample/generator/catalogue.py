"""What exists in the shop's world: products, channels, places, names, months. All of it
invented."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

HISTORY_START = datetime(2024, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)  # exclusive; var sample_as_of
COSTS_ROSE_AT = datetime(2025, 1, 1, tzinfo=UTC)  # lines before carry the old cost


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on sale; an empty cost is an unknown cost."""

    product_id: str
    name: str
    category: str
    price: Decimal
    unit_cost: str
    replenishment_days: str = ""
    old_cost: str = ""
    is_merchandise: bool = True

    @property
    def is_gift_card(self) -> bool:
        """Selling it is no revenue before somebody redeems it."""
        return self.category == "gift_card"


def _product(line: str) -> Product:
    product_id, name, category, price, cost, days, old_cost = (x.strip() for x in line.split("|"))
    return Product(
        product_id=product_id,
        name=name,
        category=category,
        price=Decimal(price),
        unit_cost=cost,
        replenishment_days=days,
        old_cost=old_cost,
        is_merchandise=category != "service",
    )


# id | name | category | price | unit cost | replenishment days | unit cost before COSTS_ROSE_AT
PRODUCTS = {
    product.product_id: product
    for product in map(
        _product,
        """
        p01 | House Espresso 500 g       | coffee    | 14.90 |  7.10 | 30 | 6.20
        p02 | Highland Filter 250 g      | coffee    | 10.90 |  5.20 | 25 | 4.60
        p03 | Decaf 250 g                | coffee    |  9.90 |  4.90 | 35 | 4.30
        p04 | Crema 1 kg                 | coffee    | 21.90 | 11.20 | 40 | 9.80
        p05 | Capsules 60 pieces         | coffee    | 19.90 |  8.40 | 30 |
        p06 | Loose beans by the kilo    | coffee    | 24.00 | 12.50 | 30 |
        p07 | Green Sencha 100 g         | tea       |  8.90 |  3.10 | 45 |
        p08 | Earl Grey 100 g            | tea       |  7.50 |  2.40 | 45 |
        p09 | Herbal Garden 100 g        | tea       |  6.90 |  2.00 | 45 |
        p10 | Chai 150 g                 | tea       |  7.90 |  2.60 | 40 |
        p11 | Matcha 30 g                | tea       | 17.90 |  8.90 | 60 |
        p12 | Discovery Box              | sampler   | 24.90 | 14.10 |    |
        p13 | Paper filters 100 pieces   | supplies  |  4.50 |  1.30 | 60 |
        p14 | Descaler                   | supplies  |  6.90 |  1.90 | 90 |
        p15 | Oat drink, 6 cartons       | supplies  | 12.90 |  8.60 | 21 |
        p16 | Hand grinder               | equipment | 59.00 | 31.00 |    |
        p17 | French press               | equipment | 34.00 | 16.50 |    |
        p18 | Teapot                     | equipment | 29.00 | 13.00 |    |
        p19 | Brewing scale              | equipment | 39.00 | 21.00 |    |
        p20 | Novelty mug                | gifts     | 12.00 |  7.80 |    |
        p21 | Advent calendar            | gifts     | 39.90 | 22.00 |    |
        p22 | Gift set                   | gifts     | 45.00 | 24.00 |    |
        p23 | Gift card 25               | gift_card | 25.00 |  0.00 |    |
        p24 | Gift card 50               | gift_card | 50.00 |  0.00 |    |
        p25 | Express delivery           | service   |  5.90 |  4.50 |    |
        p26 | Gift wrapping              | service   |  2.50 |  0.60 |    |
        p27 | Grinder overhaul           | service   | 25.00 | 15.00 |    |
        p28 | Guest roaster's bag 250 g  | coffee    | 13.90 |       | 25 |
        p29 | Free sample sachet         | sampler   |  0.00 |  0.40 |    |
        """.strip().splitlines(),
    )
}

# what the first basket starts with; p12 leads to better retention, p20 to worse (population.py)
FIRST_PRODUCTS = (
    ("p01", 16), ("p02", 11), ("p04", 8), ("p05", 12), ("p07", 8), ("p08", 5), ("p10", 4),
    ("p11", 4), ("p12", 13), ("p16", 4), ("p17", 3), ("p18", 3), ("p20", 9),
)  # fmt: skip
LATER_PRODUCTS = (
    ("p01", 20), ("p02", 13), ("p03", 5), ("p04", 12), ("p05", 15), ("p07", 8), ("p08", 6),
    ("p09", 4), ("p10", 4), ("p11", 4), ("p13", 3), ("p14", 2), ("p15", 4), ("p16", 1),
    ("p17", 1), ("p18", 1), ("p19", 1), ("p20", 1), ("p23", 1),
)  # fmt: skip
GIFT_PRODUCTS = (("p21", 30), ("p22", 25), ("p12", 15), ("p24", 10), ("p20", 10), ("p18", 10))
COMPANIONS = {  # what people put beside it: the pairs that product affinity should find
    "p01": "p15", "p02": "p13", "p03": "p13", "p04": "p14", "p05": "p14", "p07": "p18",
    "p11": "p15", "p16": "p01", "p17": "p04", "p18": "p07", "p21": "p26", "p22": "p26",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Acquisition:
    """A way customers come in, and how they behave afterwards."""

    channel: str
    source: str
    medium: str
    campaigns: tuple[str, ...]
    repeat_factor: float  # multiplies the chance of a next order
    discount_chance: float  # of an order with a code
    code: str
    percent: int


def _acquisition(line: str) -> tuple[Acquisition, int]:
    channel, source, medium, campaigns, factor, chance, code, percent, weight = (
        x.strip() for x in line.split("|")
    )
    names = tuple(campaigns.split())
    way = Acquisition(
        channel, source, medium, names, float(factor), float(chance), code, int(percent)
    )
    return way, int(weight)


# channel | source | medium | campaigns | repeat factor | discount chance | code | percent | weight
ACQUISITIONS = tuple(
    map(
        _acquisition,
        """
        organic_search| google    | organic    |               | 1.05| 0.08| WELCOME10| 10| 24
        direct        |           |            |               | 1.10| 0.05| WELCOME10| 10| 17
        referral      | friend    | referral   | bring_a_friend| 1.18| 0.15| FRIEND5  |  5| 11
        email         | newsletter| email      | monthly_letter| 1.10| 0.15| LETTER10 | 10|  9
        paid_search   | google    | cpc        | brand generic | 0.92| 0.12| WELCOME10| 10| 16
        paid_social   | instagram | paid_social| spring iced   | 0.68| 0.30| SOCIAL15 | 15| 15
        affiliate     | couponpage| affiliate  | coupons       | 0.55| 0.75| DEAL20   | 20|  8
        """.strip().splitlines(),
    )
)

# (country, language, tax percent on top), cities
PLACES = (
    (("DE", "de", "7"), ("Berlin", "Hamburg", "Leipzig"), 52),
    (("AT", "de", "10"), ("Wien", "Graz"), 15),
    (("NL", "nl", "9"), ("Utrecht", "Delft"), 12),
    (("FR", "fr", "5.5"), ("Lyon", "Lille"), 9),
    (("PL", "pl", "8"), ("Gdynia",), 7),
    (("GB", "en", "0"), ("Leeds",), 5),
)
TAX_PERCENT = {place[0]: Decimal(place[2]) for place, _, _ in PLACES}

SALES_CHANNELS = (("web", 62), ("app", 22), ("store", 16))
LOCATIONS = {"DE": "berlin-1", "AT": "wien-1"}  # countries with a store

FIRST_NAMES = (
    "Ada", "Bela", "Cleo", "Dario", "Edda", "Fritzi", "Gero", "Hedda", "Ivo", "Juna", "Kaspar",
    "Lotta", "Mika", "Nelly", "Otis", "Pia", "Quirin", "Runa", "Silas", "Tilda", "Ulf", "Vera",
    "Wim", "Yola",
)  # fmt: skip
LAST_NAMES = (
    "Beispiel", "Mockford", "Probst", "Sampleton", "Fixtura", "Placeholm", "Dummerson", "Fauxberg",
    "Exempel", "Testrossa", "Pretendorf", "Synthesen",
)  # fmt: skip

# sign-ups of each month, 2024-01 first: growth, a peak before Christmas, quiet summers
SIGNUPS = (
    44, 45, 50, 50, 53, 49, 45, 48, 58, 64, 82, 100,
    54, 55, 59, 61, 63, 58, 54, 56, 70, 78, 102, 124,
    62, 64, 68, 70, 71, 65,
)  # fmt: skip

HOURS = (  # of the day, UTC
    (0, 1), (5, 1), (6, 3), (7, 5), (8, 6), (9, 6), (10, 6), (11, 7), (12, 7), (13, 6), (14, 5),
    (15, 5), (16, 6), (17, 8), (18, 10), (19, 11), (20, 8), (21, 5), (22, 3), (23, 2),
)  # fmt: skip
OPENING_HOURS = ((8, 1), (9, 2), (10, 3), (11, 3), (12, 3), (13, 2), (14, 2), (15, 3), (16, 3))

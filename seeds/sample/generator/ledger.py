"""Rows under the canonical columns, and the arithmetic of an order.

In: what was ordered, when, by whom.  Out: Ledger.tables, lists of rows whose money adds up:
subtotal = sum of quantity x price - markdown over the lines;
total = subtotal - discount + shipping + tax.
A markdown is the discount of a line; what a code takes off is the discount of the order.
Flags (is_test, is_internal, is_gift_card) are written where they are true and left empty elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from generator.catalogue import COSTS_ROSE_AT, PRODUCTS, TAX_PERCENT, Product

# In the order of the raw contracts (models/raw/commerce.yml, subscriptions.yml, ...); a test compares the two.
COLUMNS = {
    "customers": (
        "customer_id", "created_at", "email", "phone", "full_name", "country", "city", "language",
        "account_id", "acquisition_channel", "acquisition_source", "acquisition_medium",
        "acquisition_campaign", "is_test", "is_internal", "merged_into_customer_id", "erased_at",
        "attributes", "_loaded_at",
    ),
    "customer_identities": (
        "identity_type", "identity_value", "customer_id", "first_seen_at", "source", "_loaded_at",
    ),
    "orders": (
        "order_id", "customer_id", "email", "ordered_at", "status", "currency",
        "subtotal_amount", "discount_amount", "shipping_amount", "tax_amount", "total_amount",
        "refunded_amount", "channel", "location_id", "discount_code", "utm_source", "utm_medium",
        "utm_campaign", "is_test", "cancelled_at", "is_subscription_order", "_loaded_at",
    ),
    "order_lines": (
        "order_line_id", "order_id", "product_id", "quantity", "unit_price", "discount_amount",
        "unit_cost", "is_gift_card", "_loaded_at",
    ),
    "products": (
        "product_id", "name", "category", "brand", "unit_cost", "replenishment_days",
        "is_merchandise", "_loaded_at",
    ),
    "refunds": (
        "refund_id", "order_id", "invoice_id", "customer_id", "refunded_at", "amount", "tax_amount",
        "shipping_amount", "reason", "_loaded_at",
    ),
    "fx_rates": ("rate_date", "from_currency", "to_currency", "rate", "_loaded_at"),
    "plans": (
        "plan_id", "product_id", "name", "tier_rank", "interval_unit", "interval_count",
        "unit_amount", "currency", "is_metered", "is_free", "_loaded_at",
    ),
    "subscriptions": (
        "subscription_id", "subscription_item_id", "customer_id", "plan_id", "status", "currency",
        "unit_amount", "quantity", "interval_unit", "interval_count", "discount_percent",
        "discount_amount", "discount_duration", "is_metered", "valid_from", "valid_to",
        "cancel_requested_at", "ended_at", "end_type", "cancel_reason", "_loaded_at",
    ),
    "subscription_events": (
        "event_id", "subscription_id", "subscription_item_id", "customer_id", "occurred_at",
        "event_type", "plan_id", "currency", "unit_amount", "quantity", "interval_unit",
        "interval_count", "discount_percent", "discount_amount", "discount_duration", "is_metered",
        "cancel_requested_at", "end_type", "cancel_reason", "_loaded_at",
    ),
    "invoices": (
        "invoice_id", "customer_id", "subscription_id", "issued_at", "due_at", "period_start",
        "period_end", "currency", "subtotal", "discount", "tax", "total", "amount_paid", "status",
        "billing_reason", "closed_at", "_loaded_at",
    ),
    "payment_attempts": (
        "attempt_id", "invoice_id", "customer_id", "attempt_number", "attempted_at", "amount",
        "currency", "succeeded", "failure_code", "decline_type", "trigger", "_loaded_at",
    ),
    "payment_methods": (
        "payment_method_id", "customer_id", "exp_year", "exp_month", "is_default", "last4",
        "_loaded_at",
    ),
    "cancel_flow_sessions": (
        "session_id", "subscription_id", "customer_id", "started_at", "reason_code", "reason_text",
        "offer_type", "outcome", "completed_at", "_loaded_at",
    ),
    "survey_responses": (
        "response_id", "customer_id", "account_id", "survey_type", "score", "comment", "sent_at",
        "responded_at", "_loaded_at",
    ),
    "tickets": (
        "ticket_id", "customer_id", "created_at", "first_response_at", "resolved_at",
        "reopened_count", "category", "is_complaint", "priority", "csat_score", "_loaded_at",
    ),
    "campaigns": (
        "campaign_id", "name", "channel", "campaign_type", "started_at", "ended_at", "cost",
        "holdout_share", "_loaded_at",
    ),
    "campaign_members": (
        "campaign_id", "customer_id", "assigned_at", "is_holdout", "variant", "sent_at",
        "delivered_at", "opened_at", "clicked_at", "bounced_at", "unsubscribed_at",
        "complained_at", "_loaded_at",
    ),
    "loyalty_ledger": (
        "ledger_id", "customer_id", "occurred_at", "entry_type", "points", "order_id",
        "monetary_value", "_loaded_at",
    ),
    "loyalty_tiers": ("customer_id", "tier", "valid_from", "valid_to", "_loaded_at"),
    "referrals": (
        "referral_id", "referrer_customer_id", "referred_customer_id", "invited_at",
        "signed_up_at", "reward_amount", "_loaded_at",
    ),
    "marketing_spend": (
        "spend_date", "channel", "campaign", "amount", "currency", "is_retention_spend",
        "_loaded_at",
    ),
    "events": (
        "event_id", "user_id", "anonymous_id", "account_id", "session_id", "event_name",
        "occurred_at", "received_at", "platform", "channel", "revenue", "properties", "_loaded_at",
    ),
    "sessions": (
        "session_id", "user_id", "anonymous_id", "started_at", "ended_at", "source", "medium",
        "campaign", "_loaded_at",
    ),
    "accounts": (
        "account_id", "name", "seats_purchased", "csm_owner", "renewal_date", "_loaded_at",
    ),
    "account_users": (
        "account_id", "user_id", "role", "joined_at", "left_at", "_loaded_at",
    ),
    "consent": (
        "customer_id", "purpose", "status", "occurred_at", "legal_basis", "source", "_loaded_at",
    ),
    "erasure_requests": (
        "request_id", "customer_id", "requested_at", "completed_at", "_loaded_at",
    ),
    "preferences": ("customer_id", "key", "value", "collected_at", "source", "_loaded_at"),
}  # fmt: skip

Row = dict[str, str]
CENT = Decimal("0.01")
FREE_SHIPPING_FROM = Decimal(45)
SHIPPING = Decimal("4.90")


def stamp(at: datetime) -> str:
    """Return a UTC moment the way the files write it."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def moment(text: str) -> datetime:
    """Return the UTC moment written as 'YYYY-MM-DD HH:MM[:SS]'."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def next_load(at: datetime) -> str:
    """Return when a fact of this moment reached the warehouse: the next night at 03:00."""
    night = at.replace(hour=3, minute=0, second=0)
    return stamp(night if night > at else night + timedelta(days=1))


def money(amount: Decimal) -> str:
    """Return an amount the way the files write it: 12.50, and 0 for nothing."""
    return f"{amount:.2f}" if amount else "0"


def cents(amount: Decimal) -> Decimal:
    """Round half up to whole cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Item:
    """A product in a basket; `markdown` is the percentage off its own price."""

    product: Product
    quantity: Decimal = Decimal(1)
    markdown: int = 0

    @property
    def reduction(self) -> Decimal:
        """What the markdown takes off the line."""
        return cents(self.product.price * self.quantity * self.markdown / 100)

    @property
    def amount(self) -> Decimal:
        """Price of the line after its markdown."""
        return cents(self.product.price * self.quantity) - self.reduction

    @property
    def takes_codes(self) -> bool:
        """Gift cards and services are never discounted."""
        return self.product.is_merchandise and not self.product.is_gift_card


def basket(text: str) -> list[Item]:
    """Read a basket written as 'p01 p02*3 p03*1/30': three of p02, one of p03 with 30 percent
    off."""
    items = []
    for word in text.split():
        name, _, rest = word.partition("*")
        count, _, markdown = rest.partition("/")
        items.append(Item(PRODUCTS[name], Decimal(count or 1), int(markdown or 0)))
    return items


@dataclass(frozen=True, slots=True)
class Order:
    """What later facts about an order need to know of it."""

    order_id: str
    at: datetime
    row: Row
    paid_goods: Decimal  # merchandise after discounts: what can be refunded
    tax: Decimal
    shipping: Decimal


@dataclass
class Ledger:
    """All rows written so far."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, **values: str) -> Row:
        """Write one row; columns that are not given stay empty."""
        unknown = values.keys() - set(COLUMNS[table])
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        row = {column: values.get(column, "") for column in COLUMNS[table]}
        self.tables[table].append(row)
        return row

    def customer(self, customer_id: str, created_at: datetime, **values: str) -> Row:
        """Write one customer."""
        known = {"_loaded_at": next_load(created_at)}
        return self.add(
            "customers", customer_id=customer_id, created_at=stamp(created_at), **(known | values)
        )

    def order(
        self,
        order_id: str,
        at: datetime,
        items: Sequence[Item],
        *,
        country: str = "DE",
        percent: int = 0,
        **values: str,
    ) -> Order:
        """Write one order and its lines. `values` are columns of orders and win over what is
        worked out."""
        known = {"status": "fulfilled", "currency": "EUR", "channel": "web"}
        if values.get("channel") == "store":
            known["status"] = "paid"  # nothing to send
        known |= {"_loaded_at": next_load(at)} | values
        subtotal = sum((item.amount for item in items), Decimal(0))
        goods = sum((item.amount for item in items if item.takes_codes), Decimal(0))
        discount = cents(goods * percent / 100)
        goods -= discount
        free = known["channel"] == "store" or subtotal - discount >= FREE_SHIPPING_FROM or not goods
        shipping = Decimal("0.00") if free else SHIPPING
        tax = cents(goods * TAX_PERCENT[country] / 100)
        amounts = {
            "subtotal_amount": money(subtotal),
            "discount_amount": money(discount),
            "shipping_amount": money(shipping),
            "tax_amount": money(tax),
            "total_amount": money(subtotal - discount + shipping + tax),
        }
        row = self.add("orders", order_id=order_id, ordered_at=stamp(at), **(amounts | known))
        for number, item in enumerate(items, start=1):
            self.add(
                "order_lines",
                order_line_id=f"{order_id}-{number}",
                order_id=order_id,
                product_id=item.product.product_id,
                quantity=str(item.quantity),
                unit_price=money(item.product.price),
                discount_amount=money(item.reduction) if item.markdown else "",
                unit_cost=item.product.old_cost if at < COSTS_ROSE_AT else "",
                is_gift_card="true" if item.product.is_gift_card else "",
                _loaded_at=next_load(at),
            )
        return Order(order_id, at, row, goods, tax, shipping)

    def refund(
        self,
        order: Order,
        number: int,
        at: datetime,
        amount: Decimal | str,
        *,
        tax: Decimal | str = "0",
        shipping: Decimal | str = "0",
        reason: str = "return",
    ) -> None:
        """Write one refund of an order."""
        self.add(
            "refunds",
            refund_id=f"r{order.order_id[1:]}-{number}",
            order_id=order.order_id,
            refunded_at=stamp(at),
            amount=money(Decimal(amount)),
            tax_amount=money(Decimal(tax)),
            shipping_amount=money(Decimal(shipping)),
            reason=reason,
            _loaded_at=next_load(at),
        )

    def restate(self, order: Order, at: datetime, **values: str) -> None:
        """Change the row of an order in place: the shop system keeps no history of it."""
        order.row.update(values, _loaded_at=next_load(at))

    def new_version(self, row: Row, table: str, at: datetime, **values: str) -> None:
        """Load the same row once more, changed: the older version stays in the file."""
        self.tables[table].append(row | values | {"_loaded_at": next_load(at)})

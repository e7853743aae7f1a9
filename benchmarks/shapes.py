"""The SQL behind `generate.py`: each table of each shape, from row numbers and a seed alone.

Money is whole cents until the last cast, so sums are exact: an order's subtotal is that of its lines.
"""

from __future__ import annotations

MAX_LINES = 4


def draw(salt: int, *numbers: str) -> str:
    """A pseudo-random whole number of these row numbers."""
    return f"cast(hash({', '.join(numbers)}, {{seed}}, {salt}) >> 1 as bigint)"


def unit(salt: int, *numbers: str) -> str:
    """The same as a DOUBLE from 0 until 1."""
    return f"(({draw(salt, *numbers)} % 1000000) / 1e6)"


def price(line: str) -> str:
    return f"cast(100 + {draw(11, 'o', line)} % 9900 as bigint)"


def quantity(line: str) -> str:
    return f"cast(1 + {draw(12, 'o', line)} % 3 as bigint)"


def line_discount(line: str) -> str:
    """A tenth of the line, for one line in ten."""
    return f"(case when {draw(13, 'o', line)} % 10 = 0 then {price(line)} * {quantity(line)} // 10 else 0 end)"


def money(cents: str) -> str:
    return f"cast(cast({cents} as decimal(18, 4)) / 100 as decimal(18, 4))"


LINES = f"cast(1 + {draw(1, 'o')} % {MAX_LINES} as integer)"
# The o-th order: when it was placed, by whom, when the warehouse heard of it. Customers are numbered in the order
# in which they come; most orders are from recent ones.
PLACED = f"""
    select
        o,
        {LINES} as lines,
        cast({{start}} as timestamp)
        + to_microseconds(cast(floor(o * {{days}} * 86400e6 / {{orders}}) as bigint)) as ordered_at,
        cast(floor(({{customers}} * (o + 1) / {{orders}}) * (1 - pow({unit(2, "o")}, 3))) as bigint) as c,
        cast({draw(3, "o")} % 100 as integer) as fate,
        case when {draw(4, "o")} % 200 = 0 then cast(1 + {draw(5, "o")} % 30 as integer) else 0 end as late_days
    from range({{orders}}) as numbers(o)
"""
# everything of an order is loaded together; nothing is loaded after the end
LOADED = f"""
    select *, least(ordered_at + to_days(late_days), cast({{end}} as timestamp) - interval 1 second) as loaded_at
    from ({PLACED})
"""
SUBTOTAL = " + ".join(
    f"case when lines > {n} then {price(str(n))} * {quantity(str(n))} - {line_discount(str(n))} else 0 end"
    for n in range(MAX_LINES)
)
PART = "loaded_at >= {since} and loaded_at < {until}"

ORDERS = {
    "customers": f"""
        select
            'c' || c as customer_id,
            created_at,
            'c' || case when {draw(21, "c")} % 100 = 0 and c > 0 then c - 1 else c end || '@example.com' as email,
            ['DE', 'FR', 'GB', 'US', 'NL'][1 + {draw(22, "c")} % 5] as country,
            ['search', 'social', 'email', 'direct'][1 + {draw(23, "c")} % 4] as acquisition_channel,
            case when {draw(24, "c")} % 200 = 0 and c > 10 then 'c' || (c - 7) end as merged_into_customer_id
        from (
            select
                c,
                cast({{start}} as timestamp)
                + to_microseconds(cast(floor(c * {{days}} * 86400e6 / {{customers}}) as bigint)) as created_at
            from range({{customers}}) as numbers(c)
        )
        where created_at >= {{since}} and created_at < {{until}}
    """,
    "orders": f"""
        select
            'o' || o as order_id,
            case when {draw(31, "o")} % 100 >= 3 then 'c' || c end as customer_id,
            case when {draw(31, "o")} % 100 = 1 then 'guest' || (o // 3) || '@example.com' end as email,
            ordered_at,
            case
                when fate < 90 then 'fulfilled' when fate < 94 then 'paid' when fate < 96 then 'cancelled'
                when fate < 97 then 'failed' when fate < 99 then 'partially_refunded' else 'refunded'
            end as status,
            'EUR' as currency,
            {money(SUBTOTAL)} as subtotal_amount,
            case when {draw(32, "o")} % 5 = 0 then {money("100")} end as discount_amount,
            {money("495")} as shipping_amount,
            ['web', 'app', 'store'][1 + {draw(33, "o")} % 3] as channel,
            case when {draw(32, "o")} % 5 = 0 then 'WELCOME' end as discount_code,
            loaded_at as _loaded_at
        from ({LOADED})
        where {PART}
    """,
    "order_lines": f"""
        select
            'l' || (o * {MAX_LINES} + line) as order_line_id,
            'o' || o as order_id,
            'p' || ({draw(14, "o", "line")} % 5000) as product_id,
            cast({quantity("line")} as decimal(18, 4)) as quantity,
            {money(price("line"))} as unit_price,
            {money(line_discount("line"))} as discount_amount,
            {money(price("line") + " * 6 // 10")} as unit_cost
        from (select *, unnest(range(lines)) as line from ({LOADED}) where {PART})
    """,
    "products": """
        select
            'p' || p as product_id, 'Product ' || p as name, 'Category ' || (p % 20) as category,
            true as is_merchandise
        from range(5000) as numbers(p)
        where {since} < timestamp '1971-01-01'
    """,
    "refunds": f"""
        select
            'r' || o as refund_id, 'o' || o as order_id, refunded_at, 'taste' as reason,
            {money("case when fate = 99 then " + SUBTOTAL + " else 100 end")} as amount
        from (select *, loaded_at + to_days(cast(1 + {draw(41, "o")} % 30 as integer)) as refunded_at from ({LOADED}))
        where fate >= 97 and refunded_at >= {{since}} and refunded_at < least({{until}}, cast({{end}} as timestamp))
    """,
}

# The s-th state of an account: a new price every few months, then perhaps a pause or the end.
STATES = f"""
    select
        a, s, states,
        cast({{start}} as timestamp)
        + to_hours(cast({unit(51, "a")} * ({{days}} - 60) as bigint) * 24 + 9)
        + to_days(cast(s * 120 + case when s = 0 then 0 else {draw(52, "a", "s")} % 100 end as integer)) as valid_from,
        cast({{start}} as timestamp)
        + to_hours(cast({unit(51, "a")} * ({{days}} - 60) as bigint) * 24 + 9)
        + to_days(cast((s + 1) * 120 + {draw(52, "a", "s + 1")} % 100 as integer)) as next_from
    from (
        select a, states, unnest(range(states)) as s
        from (select a, cast(1 + {draw(53, "a")} % 5 as integer) as states from range({{accounts}}) as numbers(a))
    )
"""
SUBSCRIPTIONS = {
    "subscriptions": f"""
        select
            's' || a as subscription_id, 's' || a as subscription_item_id, 'a' || a as customer_id,
            ['basic', 'pro', 'team'][1 + {draw(54, "a", "s")} % 3] as plan_id,
            case when s > 0 and {draw(55, "a", "s")} % 20 = 0 then 'paused' else 'active' end as status,
            'EUR' as currency,
            {money(f"cast(500 + {draw(56, 'a', 's')} % 40 * 100 as bigint)")} as unit_amount,
            cast(1 + {draw(57, "a", "s")} % 5 as decimal(18, 4)) as quantity,
            case when {draw(58, "a")} % 4 = 0 then 'year' else 'month' end as interval_unit,
            1 as interval_count,
            valid_from,
            case when s + 1 < states or is_over then next_from end as valid_to,
            case when s + 1 = states and is_over then next_from end as ended_at,
            case when s + 1 = states and is_over then 'voluntary' end as end_type
        from (
            select *, {draw(59, "a")} % 3 > 0 and next_from < cast({{end}} as timestamp) as is_over
            from ({STATES})
        )
        where valid_from < cast({{end}} as timestamp)
    """,
}

EVENTS = {
    "events": f"""
        select
            'e' || e as event_id,
            'u' || cast(floor(({{users}} * (e + 1) / {{rows}}) * (1 - pow({unit(61, "e")}, 3))) as bigint) as user_id,
            ['login', 'view_item', 'add_to_cart', 'purchase', 'search'][1 + {draw(62, "e")} % 5] as event_name,
            cast({{start}} as timestamp)
            + to_microseconds(cast(floor(e * {{days}} * 86400e6 / {{rows}}) as bigint)) as occurred_at,
            ['web', 'ios', 'android'][1 + {draw(63, "e")} % 3] as platform
        from range({{rows}}) as numbers(e)
    """,
}

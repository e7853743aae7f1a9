"""Tables made by key follow every change that a reader can see, and touch nothing else."""

from __future__ import annotations

import pytest

from tests.conftest import Shop

PROMISE = """\
models:
  - name: {name}
    config: {{contract: {{enforced: false}}, meta: {{by_key: {{key: id, rows_of: {{{parent}: id}}}}}}}}
"""
ROWS = "select range as id, case when range = 7 then {seven} else 1.0 end as x from range(3000)"


def project(shop: Shop, seven: str) -> None:
    """`first` is made as a whole, `second` by the keys that changed there, `third` by those of `second`."""
    shop.model("first", ROWS.format(seven=seven))
    for name, parent in (("second", "first"), ("third", "second")):
        shop.model(name, f"select id, x, cast(x as varchar) as said from {{{{ ref('{parent}') }}}}")
        shop.write(f"models/free/{name}.yml", PROMISE.format(name=name, parent=parent))


def build(shop: Shop) -> str:
    done = shop.run("build", "-s", "first", "second", "third")
    assert done.code == 0, done.text
    return done.out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.0::double", "2.0::double"),
        ("0.0::double", "'-0.0'::double"),
        ("'-0.0'::double", "0.0::double"),
    ],
)
def test_a_change_goes_through_every_table_made_by_key(shop: Shop, before: str, after: str) -> None:
    project(shop, before)
    build(shop)
    shop.model("first", ROWS.format(seven=after))
    out = build(shop)
    assert out.count("1 keys: 1 rows replaced by 1") == 2, out
    wanted = shop.query(f"select 7, cast({after} as varchar), 3000")
    for name in ("second", "third"):
        table = shop.query(
            f"select table_schema from information_schema.tables where table_name = '{name}'"
        )[0][0]
        found = shop.query(
            f"select id, said, (select count(*) from {table}.{name}) from {table}.{name} where id = 7"
        )
        assert found == wanted, name

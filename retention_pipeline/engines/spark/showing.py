"""What readers see: a view for each mart, pointed at its version when every test has passed.

Room:  act. Imports engine, nodes.
In:    the marts of a build that passed.  Out: views on the server, one ALTER VIEW for each that is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from retention_pipeline.nodes import Relation

if TYPE_CHECKING:
    from retention_pipeline.engines.spark.house import SparkHouse


class Showing:
    """Readers of one server."""

    def __init__(self, house: SparkHouse) -> None:
        self.house = house

    @property
    def place(self) -> str:
        """Where the marts are, in words."""
        server = self.house.server
        return f"{server.prefix}marts on {server.address}"

    def publish(self, marts: Iterable[Relation], *, forget: bool = False) -> int:
        """Whoever reads meanwhile sees the old version of a mart or the new one, whole."""
        house, book = self.house, self.house.book
        wanted = {mart: house.newest[mart].version for mart in marts}
        shown = book.shown()
        fresh = {mart: version for mart, version in wanted.items() if shown.get(mart) != version}
        gone = [mart for mart in shown if mart not in wanted]
        book.will_show(fresh)
        house.spark.publish(fresh)
        for mart in gone:
            house.spark.drop_view(mart)
        book.has_shown(fresh, gone, keep=not forget)
        house.reconcile(())
        return len(fresh)

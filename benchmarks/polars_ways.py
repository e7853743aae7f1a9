"""The works of `marts.py` in polars, lazily and streaming: `python -m benchmarks.polars_ways WORK TABLES ANSWER`.

Prints the CPU seconds from the first read to the last written row.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import polars as pl


def table(folder: Path, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"{name}.parquet")


def orders(folder: Path) -> pl.LazyFrame:
    """Orders of known customers."""
    return table(folder, "int_orders_sequenced").filter(pl.col("customer_id").is_not_null())


MONTH = pl.col("order_date").dt.truncate("1mo")


def cohorts(folder: Path) -> pl.LazyFrame:
    active = orders(folder).select("customer_id", month=MONTH).unique()
    firsts = active.group_by("customer_id").agg(cohort_start=pl.col("month").min())
    sizes = firsts.group_by("cohort_start").agg(customers=pl.len())
    cells = (
        active.join(firsts, on="customer_id").group_by("cohort_start", "month").agg(active=pl.len())
    )
    month, start = pl.col("month"), pl.col("cohort_start")
    number = (month.dt.year() - start.dt.year()) * 12 + (
        month.dt.month().cast(pl.Int32) - start.dt.month()
    )
    return cells.join(sizes, on="cohort_start").with_columns(period_number=number)


def rfm(folder: Path) -> pl.LazyFrame:
    cuts = table(folder, "int_rfm_snapshots").select("snapshot_month", "snapshot_date").collect()
    parts = []
    for month, cut in cuts.iter_rows():
        measured = (
            orders(folder)
            .filter(pl.col("order_date") < cut)
            .group_by("customer_id")
            .agg(
                recency=-(pl.lit(cut) - pl.col("order_date").max()).dt.total_days(),
                frequency=pl.len(),
                monetary=pl.col("net_revenue_reporting").sum(),
            )
        )
        scores = {
            name: (1 + 5 * (pl.col(column).rank("min").cast(pl.Int64) - 1) // pl.len()).clip(1, 5)
            for name, column in (("r", "recency"), ("f", "frequency"), ("m", "monetary"))
        }
        parts.append(measured.select("customer_id", snapshot_month=pl.lit(month), **scores))
    return pl.concat(parts)


def ladder(folder: Path) -> pl.LazyFrame:
    counts = (
        orders(folder)
        .group_by("customer_id")
        .agg(orders=pl.len())
        .group_by("orders")
        .agg(n=pl.len())
    )
    numbers = pl.int_ranges(1, pl.col("orders") + 1)
    reached = (
        counts.with_columns(order_number=numbers).explode("order_number").group_by("order_number")
    )
    return reached.agg(
        customers_reached=pl.col("n").sum(),
        customers_next=pl.col("n").filter(pl.col("orders") > pl.col("order_number")).sum(),
    )


def returning(folder: Path) -> pl.LazyFrame:
    months = orders(folder).group_by("customer_id", month=MONTH).agg(orders=pl.len())
    firsts = months.group_by("customer_id").agg(first=pl.col("month").min())
    return (
        months.join(firsts, on="customer_id")
        .group_by("month")
        .agg(
            active=pl.len(),
            new=(pl.col("first") == pl.col("month")).sum(),
            orders=pl.col("orders").sum(),
        )
    )


WAYS = {
    "cohort retention": cohorts,
    "RFM": rfm,
    "repeat ladder": ladder,
    "new against returning": returning,
}


def main() -> None:
    """Do one work."""
    name, folder, answer = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    began = time.process_time()
    WAYS[name](folder).collect(engine="streaming").write_parquet(answer)
    print(time.process_time() - began)


if __name__ == "__main__":
    main()

"""A real export: half a million invoice lines, gzip, blanks around texts, ids like 17850.0."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from retention_pipeline.inputs import Format, InputColumn, InputContract, Origin
from retention_pipeline.inputs.loading import load
from tests.inputs.conftest import rows
from tests.truth.data import folder

FILE = (folder() or Path("shared/data")) / "online_retail" / "online_retail_raw.csv.gz"
LINES = InputContract(
    "online_retail",
    "lines",
    "raw",
    "raw_online_retail",
    (
        InputColumn("invoice_no", "varchar", True, ("InvoiceNo", "Invoice")),
        InputColumn("stock_code", "varchar", True, ("StockCode",)),
        InputColumn("description", "varchar", aliases=("Description",)),
        InputColumn("quantity", "integer", True),
        InputColumn("invoice_at", "timestamp", True, ("InvoiceDate",)),
        InputColumn("unit_price", "decimal(18,4)", True, ("UnitPrice", "Price")),
        InputColumn("customer_id", "varchar", aliases=("CustomerID", "Customer ID")),
        InputColumn("country", "varchar", True),
    ),
)


@pytest.mark.skipif(not FILE.exists(), reason="the Online Retail data is not beside the checkout")
def test_online_retail_is_loaded_whole(con: duckdb.DuckDBPyConnection) -> None:
    report = load(con, LINES, Origin((FILE,), Format.CSV))
    # Published counts of the data set: lines, guests, returns by negative quantity.
    assert report.rows_loaded == 541_909
    assert rows(
        con,
        "select count(*) filter (where customer_id is null), "
        "count(*) filter (where quantity < 0), min(invoice_at)::date::varchar, "
        "max(invoice_at)::date::varchar, count(distinct customer_id) from raw.raw_online_retail",
    ) == [(135_080, 10_624, "2010-12-01", "2011-12-09", 4_372)]

import pyarrow


def model(dbt, session):
    factor = dbt.config.get("factor")
    rows = dbt.ref("as_relation").order("amount").fetchall()
    return pyarrow.table(
        {
            "country": pyarrow.array([row[0] for row in rows], pyarrow.string()),
            "amount": pyarrow.array([row[1] * factor for row in rows], pyarrow.int64()),
        }
    )

def model(dbt, session):
    dbt.config(materialized="table", tags=["python"])
    sales = dbt.ref("sales")
    return sales.filter("amount >= 20").project("country, amount, day")

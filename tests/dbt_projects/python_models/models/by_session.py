def model(dbt, session):
    return session.sql("select 42 as answer, 'x' as letter")

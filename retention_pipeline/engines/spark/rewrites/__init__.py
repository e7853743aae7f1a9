"""One module a subject, each with RULES: what a class of nodes becomes on Spark.

Room:  compile. Imports nothing.
In:    -  Out: expressions, numbers, casts, times, texts, aggregates, queries.
"""

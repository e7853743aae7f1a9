"""Engines: what builds relations and answers queries, and how SQL gets there.

Room:  compile. Imports nothing.
In:    -  Out: protocol, which says what an engine is; spark, the second of them.
"""

"""Apache Spark through Spark Connect: translation (no library but sqlglot), then sessions.

Room:  compile. Imports nothing: what needs the Connect client is imported by those who use it.
In:    -  Out: translate, session.
"""

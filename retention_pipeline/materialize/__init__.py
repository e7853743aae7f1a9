"""How each kind of model becomes a relation: one module a kind, one protocol for all.

Room:  compile. Imports nothing: its modules stand in the rooms that they need.
In:    -  Out: see `settings` (what a model asks for), `strategies` (SQL), `work` (the protocol).
"""

"""From a cell to the rows behind it: which rows of its parents a model made these rows of.

Room:  compile. Imports nothing.
In:    the compiled SQL of models.  Out: `steps` (a query as single steps), `follow` (which rows of
       its sources a step used), `script` (the statements that find them).

The way is that of Cui and Widom (tracing the lineage of view data): a query is taken apart into
steps of one kind each - choose rows, join, group, append -, and each step is walked backwards: the
rows of a source that satisfy the step's own conditions and have the key of the row in question.
"""

"""What templates may call: dbt's names, and what each of them does here.

Room:  compile.
In:    a Renderer.  Out: the names of its templates.
"""

"""`python -m retention_pipeline` is `pipeline`.

Room:  edge. Imports cli.
"""

from retention_pipeline.cli import main

main()

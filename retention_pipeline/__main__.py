"""`python -m retention_pipeline` is `pipeline`.

Room:  edge. Imports entry.
"""

from retention_pipeline.entry import main

main()

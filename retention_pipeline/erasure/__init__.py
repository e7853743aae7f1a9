"""Forgetting people: the requests, who they are, their rows, and every place that held them.

Room:  act. Imports erasure.requests, erasure.steps.
In:    a build on its way.  Out: Erasure, and the file of requests, for the edge to call.
"""

from retention_pipeline.erasure.requests import (
    Request,
    read_requests,
    requests_path,
    write_requests,
)
from retention_pipeline.erasure.steps import Erasure

__all__ = ["Erasure", "Request", "read_requests", "requests_path", "write_requests"]

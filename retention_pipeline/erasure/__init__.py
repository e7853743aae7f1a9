"""Forgetting people: the requests, who they are, their rows, and every place that held them.

Room:  act. Gives what the edge calls; the modules below do one thing each.
"""

from retention_pipeline.erasure.requests import (
    Request,
    read_requests,
    requests_path,
    write_requests,
)
from retention_pipeline.erasure.steps import Erasure

__all__ = ["Erasure", "Request", "read_requests", "requests_path", "write_requests"]

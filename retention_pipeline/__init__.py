"""retention_pipeline: tested retention marts from raw orders, and the runner that builds them."""

__version__ = "0.1.0"

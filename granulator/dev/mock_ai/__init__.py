"""A local AI server that speaks the vendors' wire formats, faults included; it knows nothing and costs nothing."""

from granulator.dev.mock_ai.server import create_app

__all__ = ["create_app"]

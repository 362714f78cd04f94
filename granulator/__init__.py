"""Granulator: a topic or your own document in, validated structured content out."""

__version__ = "0.1.0"

"""Real documents every machine with the locked packages has: reference sections and README files; copies none."""

from __future__ import annotations

from importlib import metadata
from pydoc_data.topics import topics

from granulator.model import Source


def document(name: str) -> Source:
    """Return the document ``pydoc:TOPIC`` or ``readme:PACKAGE``.

    Raises KeyError or metadata.PackageNotFoundError when this Python does not have it.
    """
    origin, _, key = name.partition(":")
    if origin == "pydoc":
        return Source("text", text=topics[key], title=key)
    return Source("markdown", text=str(metadata.metadata(key).json["description"]), title=key)

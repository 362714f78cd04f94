"""Which author writes for which provider; the one place that knows both."""

from __future__ import annotations

from granulator.granulation.authors.base import Author, Brief
from granulator.granulation.authors.local import InThread, LocalAuthor


def open_author(provider: str, brief: Brief, in_thread: InThread) -> Author:
    """Return the author for a job of ``provider``; every provider there is yet is ``local``."""
    assert provider == "local", f"no author writes for {provider}"
    return LocalAuthor(brief, run_in_thread=in_thread)

"""Which clean structures and wordings are for tuning (dev) and which for measuring only (test); the one list of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType


class Split(StrEnum):
    """``DEV`` may be looked at while rules are changed; ``TEST`` never."""

    DEV = "dev"
    TEST = "test"


HAND_WRITTEN: Mapping[Split, Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        Split.DEV: {
            "course": ("burns", "sourdough", "sql_indexes"),
            "quiz": ("coffee", "incidents", "weather"),
            "novel": ("orchard", "salt_ledger", "tide_clock"),
            "workflow": ("acquisition", "incident", "onboarding"),
            "knowledge_map": ("caching", "photosynthesis", "sailing"),
            "learning_path": ("analyst", "baker", "support"),
        },
        Split.TEST: {
            "course": ("bees", "hygiene", "intervals"),
            "quiz": ("firstaid", "maps", "transactions"),
            "novel": ("glass_winter", "night_bus", "signal"),
            "workflow": ("grant", "recall", "refund"),
            "knowledge_map": ("contract", "harmony", "soil"),
            "learning_path": ("guide", "joiner", "reliability"),
        },
    }
)
"""Structures written by hand in the manner of a model, by type; one file each under ``clean/texts``."""

DOCUMENTS: Mapping[Split, Sequence[str]] = MappingProxyType(
    {
        Split.DEV: ("pydoc:compound", "pydoc:debugger", "pydoc:import", "readme:annotated-types", "readme:openai"),
        Split.TEST: (
            "pydoc:assignment",
            "pydoc:attribute-access",
            "pydoc:formatstrings",
            "pydoc:types",
            "pydoc:typesmapping",
            "readme:json-repair",
        ),
    }
)
"""Real documents that every machine with the locked packages has."""

"""Repair of a structure that a model wrote: what a check names is written again, all else stays as it is."""

from __future__ import annotations

from granulator.granulation.repairing.recounting import recount
from granulator.granulation.repairing.rounds import Checks, Version, repair

__all__ = ["Checks", "Version", "recount", "repair"]

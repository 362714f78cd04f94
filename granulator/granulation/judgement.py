"""What a judge found, as values that the score and the answers are made from; how it was found is ``judging``'s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from granulator.model import Issue, JsonObject


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of a judge: one that is ``unavailable`` found nothing, whatever some of its calls had said.

    The ``issues`` of such a one are what an earlier judge had found where nothing has changed since.

    ``agreement`` is the share (0..1) of the votes of blind solvers that equal the key, None without such votes;
    ``coverage`` the share (0..1) of the structure that the judge was shown. ``questions`` are the votes per question
    or claim, ``scores`` the criteria with their answers and evidence, as JSON for the history.
    """

    status: Literal["not_run", "ok", "unavailable"]
    model: str | None
    agreement: float | None = None
    issues: tuple[Issue, ...] = ()
    questions: tuple[JsonObject, ...] = ()
    scores: tuple[JsonObject, ...] = ()
    coverage: float = 1.0


NOT_RUN = Judgement("not_run", None)

"""The verdict on what a job wrote: rules first, then the judge where they find no error. Changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from granulator.granulation import review, validation, writing
from granulator.granulation.calling import limit_of
from granulator.granulation.ending import Work
from granulator.granulation.judging import Judged, judge
from granulator.granulation.result import compact
from granulator.granulation.summary import total_elements
from granulator.granulation.validation import Verdict
from granulator.model import JobStatus, JsonObject, Stage
from granulator.providers.base import Deadline

CHECKED_AT_ONCE: Final = 12
"""A structure of so few elements is checked in milliseconds: that is not shown, and not worth a thread."""

PROGRESS: Final = (85, 92, 97)
"""The rounds of repair so far -> the percentage that is shown while what they came to is checked."""


@dataclass(frozen=True, slots=True)
class Bench:
    """How the structures of one job are judged: the job, its deadline, and the answers earlier attempts were given."""

    work: Work
    deadline: Deadline
    kept: Mapping[str, JsonObject]
    is_scaffold: bool = False

    async def assess(self, structure: JsonObject, rounds: int = 0) -> Verdict:
        """Return what rules and judge find in a structure after so many rounds of repair.

        A judge costs money, so what has an error by the rules is judged only once that is mended.
        """
        verdict = await self.rules(structure, rounds)
        job = self.work.job
        if verdict.has_errors or self.is_scaffold or not job.validation_enabled:
            return verdict
        judgement = await judge(
            self.work.services,
            self.work.lease,
            job,
            self._judged(structure),
            level=job.validation_level,
            limit_nano_usd=limit_of(self.work.order),
            deadline=self.deadline,
            step=_step(structure, rounds),
            kept=self.kept,
        )
        return validation.judged(verdict, judgement, threshold=job.validation_threshold)

    async def rules(self, structure: JsonObject, rounds: int = 0) -> Verdict:
        """Return what the rules find in a structure."""
        work = self.work
        check = partial(
            review.check,
            structure,
            work.job,
            work.order,
            work.template,
            level=work.job.validation_level if work.job.validation_enabled else 1,
            threshold=work.job.validation_threshold,
            is_scaffold=self.is_scaffold,
        )
        if work.order.source is None and total_elements(work.job.structure_type, structure) <= CHECKED_AT_ONCE:
            return check()
        await writing.advance(work, Stage.VALIDATE, PROGRESS[min(rounds, len(PROGRESS) - 1)], JobStatus.VALIDATING)
        return await work.services.in_thread(check)

    def _judged(self, structure: JsonObject) -> Judged:
        job = self.work.job
        return Judged(
            structure=structure,
            structure_type=job.structure_type,
            topic=job.topic,
            language=job.language,
            audience=job.target_audience,
            source=self.work.order.source,
        )


def _step(structure: JsonObject, rounds: int) -> str:
    """Return how the judge's steps begin.

    What a round of repair comes to may be another after a crash, and an answer about the one is none about the other.
    """
    if not rounds:
        return "judge"
    return f"judge:{rounds}:{hashlib.sha256(compact(structure).encode()).hexdigest()[:8]}"

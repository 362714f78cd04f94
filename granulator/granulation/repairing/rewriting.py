"""One round of repair: every place that is named is asked for side by side, and what came is put in, in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from granulator import errors
from granulator.granulation import grounding
from granulator.granulation.asking import Ask, Faults, Truncated
from granulator.granulation.authors.base import Brief
from granulator.granulation.authors.llm import SELECTION_TOKENS, source_budget, values_of, wanted
from granulator.granulation.calling import Line
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.fields import objects
from granulator.granulation.generation import PART_FILL
from granulator.granulation.grounding import Passages
from granulator.granulation.repairing import elements, prompting
from granulator.granulation.repairing.applying import Applied, apply
from granulator.granulation.repairing.elements import Setting
from granulator.granulation.repairing.locating import Target
from granulator.granulation.writing import together
from granulator.model import JsonObject
from granulator.services import Services

log = logging.getLogger(__name__)

STEP: Final = "repair"
"""How the names of all steps of a repair begin."""


@dataclass(slots=True)
class Round:
    """What came of a round so far. ``has_ended_early`` says that no further call is worth making."""

    answers: dict[str, list[JsonObject]] = field(default_factory=dict)
    has_ended_early: bool = False


@dataclass(frozen=True, slots=True)
class Mender:
    """Has places of the structures of one job written again, ``fan_out`` of them at once."""

    services: Services
    brief: Brief
    line: Line
    passages: Passages | None
    number: int

    async def rewrite(self, structure: JsonObject, targets: Sequence[Target]) -> tuple[Applied, bool]:
        """Return the structure with what came for the targets, and whether calls are still of use.

        A place that cannot be mended stays as it is. Raises GuardFailed and DatabaseError only.
        """
        told = Round()
        gate = asyncio.Semaphore(self.services.settings.parallel_parts)
        limited = [self._fitting(target) for target in targets]

        async def write(target: Target) -> None:
            async with gate:
                if not told.has_ended_early:
                    await self._write(structure, target, told)

        await together(write(target) for target in limited)
        applied = Applied(structure)
        for target in sorted(limited, key=lambda target: _ORDER[target.action]):
            applied = apply(applied, target, told.answers.get(_step(self.number, target), []))
        return applied, not told.has_ended_early

    async def _write(self, structure: JsonObject, target: Target, told: Round) -> None:
        step = _step(self.number, target)
        try:
            told.answers[step] = await self._ask(structure, target, step)
        except errors.JobCancelled:
            raise
        except (Truncated, errors.AiResponseInvalid, errors.ContextTooLong, errors.ContentRefused) as error:
            # Of this place only: others may still be mended.
            self._tell(step, error)
        except (errors.JobError, errors.ModelUnavailable, errors.BudgetExceeded) as error:
            told.has_ended_early = True
            self._tell(step, error)

    def _tell(self, step: str, error: errors.GranulatorError) -> None:
        log.info("an element could not be repaired", extra={"facts": {"step": step, "code": error.code}})

    async def _ask(self, structure: JsonObject, target: Target, step: str) -> list[JsonObject]:
        shown = await self._shown(structure, target)
        setting = Setting(self.brief.structure_type, structure, self.brief.level, self.passages, shown)
        values = replace(values_of(self.brief), source=shown)
        prompt = prompting.render(self.brief.template, self.brief.structure_type, target, structure, values)
        schema = elements.schema(target, cites=self.passages is not None)

        def read(answer: JsonObject) -> tuple[JsonObject | None, Faults]:
            return elements.read_answer(target, answer, setting)

        name = f"{self.brief.structure_type.value}_{STEP}"
        found, _ = await self.line.asker.ask(Ask(step, prompt, schema, name, read, self._tokens(target)))
        return objects(found, "elements")

    async def _shown(self, structure: JsonObject, target: Target) -> str:
        passages = self.passages
        if passages is None:
            return ""
        budget = source_budget(SELECTION_TOKENS, context=self.line.profile.context, max_tokens=self.line.max_tokens)
        query = prompting.query(target, structure)
        return await self.services.in_thread(lambda: grounding.select(passages, (), query, budget))

    def _tokens(self, target: Target) -> int:
        return self._leaf_tokens() * max(1, len(target.indexes) + target.count)

    def _leaf_tokens(self) -> int:
        return DRAFTS[self.brief.structure_type].leaf_tokens(self.brief.level, wanted(self.brief).words)

    def _fitting(self, target: Target) -> Target:
        """Return the target with no more asked for than fits into one answer; the rest is for the next round."""
        room = max(1, int(PART_FILL * self.line.max_tokens / self._leaf_tokens()))
        indexes = target.indexes[:room]
        return replace(target, indexes=indexes, count=min(target.count, max(0, room - len(indexes))))


_ORDER: Final = {"rewrite": 0, "questions": 1, "add": 2}
"""What is added stands behind everything else, so that no place moves before something is put there."""


def _step(number: int, target: Target) -> str:
    return f"{STEP}:{number}:{target.path}{'+' * (target.action == 'add')}"

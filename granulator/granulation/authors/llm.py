"""The author that has a model write: prompts out, answers in, grounded in the source where there is one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from granulator.granulation import generation, grounding, merging, prompts, requirements, structures
from granulator.granulation.asking import Ask, Asker, Faults, Truncated
from granulator.granulation.authors.base import Brief, Outline, Part
from granulator.granulation.authors.local import InThread
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.base import Fault, Planned, Wanted, planned_from_json
from granulator.granulation.grounding import Passages
from granulator.granulation.plan import described
from granulator.granulation.prompts import Prompt, PromptValues
from granulator.model import Json, JsonObject
from granulator.providers.base import ModelProfile

SELECTION_TOKENS: Final = 6_000
"""The most of a source that one part is written from."""

RESERVE_TOKENS: Final = 4_000
"""Room in the model's context for what is not source: the prompt, the schema, an answer asked for again."""


class LlmAuthor:
    """Writes structures of every type with the models ``asker`` reaches; ``max_tokens`` is the room of one answer."""

    def __init__(
        self,
        brief: Brief,
        asker: Asker,
        *,
        profile: ModelProfile,
        max_tokens: int,
        fan_out: int,
        run_in_thread: InThread,
    ) -> None:
        self.fan_out = fan_out
        self._brief = brief
        self._asker = asker
        self._context = profile.context
        self._max_tokens = max_tokens
        self._run_in_thread = run_in_thread
        self._draft = DRAFTS[brief.structure_type]
        self._wanted = wanted(brief)
        self._expected = generation.choose(self._draft, self._wanted, max_tokens=max_tokens)
        self._passages: Passages | None = None

    async def outline(self) -> Outline:
        """Return the plan, or the whole structure when it is small enough for one call."""
        source = await self._digest()
        if {"draft", "structure"} <= self._brief.template.prompts.keys():
            return await self._in_two_steps(source)
        if self._expected.plan == "single":
            try:
                return await self._in_one_call("prompt", self._values(source=source))
            except Truncated:
                # It did not fit after all, so it is planned and written in parts.
                pass
        return await self._planned(source, self._expected.leaves_per_part)

    async def part(self, outline: Outline, index: int, attempt: int) -> Part:
        """Write part ``index``; one that does not fit into an answer is written in halves.

        Raises Truncated when a single leaf does not fit.
        """
        planned = planned_from_json(outline.frame)
        element, is_repaired = await self._write(planned, outline.parts[index], f"part:{index}{'+' * (attempt - 1)}")
        return Part(element, is_repaired)

    async def assemble(self, outline: Outline, parts: Sequence[JsonObject]) -> JsonObject:
        """Return the structure, every element with its provenance; what is too much is joined with its neighbours.

        Raises AiResponseInvalid when it cannot be joined to what it may be.
        """
        passages = await self._read_source()

        def work() -> JsonObject:
            if outline.plan == "single":
                content = outline.frame
            else:
                content = self._draft.assemble(planned_from_json(outline.frame), outline.parts, parts)
            grounded = grounding.ground(self._brief.structure_type, content, passages)
            framed = structures.framed(self._brief.structure_type, grounded, self._brief.language)
            return merging.merge(self._brief.structure_type, framed, self._brief.max_elements, self._brief.template)

        return await self._run_in_thread(work)

    async def _in_two_steps(self, source: str) -> Outline:
        prompt = self._prompt("draft", self._values(source=source))
        draft = await self._asker.text("draft", prompt)
        outline = await self._in_one_call("structure", self._values(source=source, draft=draft))
        return replace(outline, prompt_hash=prompts.prompt_hash(self._brief.template, prompt))

    async def _in_one_call(self, role: str, values: PromptValues) -> Outline:
        prompt = self._prompt(role, values)
        schema = self._draft.whole_schema(cites=self._cites)
        name = self._brief.structure_type.value

        def read(answer: JsonObject) -> tuple[JsonObject, Faults]:
            structure, faults = self._draft.read_whole(answer, self._wanted)
            return structure, self._with_citations(answer, faults, values.source)

        structure, is_repaired = await self._asker.ask(
            Ask("whole", prompt, schema, name, read, self._expected.output_tokens)
        )
        told = prompts.prompt_hash(self._brief.template, prompt)
        return Outline(structure, (), plan="single", prompt_hash=told, is_repaired=is_repaired)

    async def _planned(self, source: str, leaves_per_part: int) -> Outline:
        prompt = self._prompt("outline", self._values(source=source))
        schema = self._draft.outline_schema(passages=self._cites)
        name = f"{self._brief.structure_type.value}_outline"
        ask = Ask("outline", prompt, schema, name, self._read_outline, self._expected.outline_tokens)
        planned, is_repaired = await self._asker.ask(ask)
        return Outline(
            planned.to_json(),
            self._draft.parts(planned, leaves_per_part),
            prompt_hash=prompts.prompt_hash(self._brief.template, prompt),
            is_repaired=is_repaired,
        )

    async def _write(self, planned: Planned, part: JsonObject, step: str) -> tuple[JsonObject, bool]:
        def read(answer: JsonObject) -> tuple[JsonObject, Faults]:
            element, faults = self._draft.read_part(part, answer, planned)
            return element, self._with_citations(answer, faults, source)

        source = await self._selection(part)
        prompt = self._prompt("part", self._part_values(planned, part, source))
        schema = self._draft.part_schema(part, cites=self._cites)
        try:
            name, tokens = f"{self._brief.structure_type.value}_part", self._expected.part_tokens
            return await self._asker.ask(Ask(step, prompt, schema, name, read, tokens))
        except Truncated:
            halves = self._draft.split(part)
            if halves is None:
                raise
        first, is_first_repaired = await self._write(planned, halves[0], f"{step}.1")
        second, is_second_repaired = await self._write(planned, halves[1], f"{step}.2")
        return self._draft.merge(first, second), is_first_repaired or is_second_repaired

    def _read_outline(self, answer: JsonObject) -> tuple[Planned | None, Faults]:
        planned, faults = self._draft.read_outline(answer, self._wanted)
        return planned, _pairs(faults)

    def _with_citations(self, answer: JsonObject, faults: Sequence[Fault], shown: str) -> Faults:
        if faults or self._passages is None:
            return _pairs(faults)
        return grounding.faults(self._brief.structure_type, answer, self._passages, shown=shown)

    @property
    def _cites(self) -> bool:
        return self._brief.source is not None

    def _prompt(self, role: str, values: PromptValues) -> Prompt:
        return prompts.render(self._brief.template, role, values)

    def _values(self, *, source: str = "", draft: str = "") -> PromptValues:
        return replace(values_of(self._brief), source=source, draft=draft)

    def _part_values(self, planned: Planned, part: JsonObject, source: str) -> PromptValues:
        text = json.dumps(_shown(part), ensure_ascii=False, separators=(",", ":"))
        return replace(self._values(source=source), outline=self._draft.outline_text(planned, part), part=text)

    async def _digest(self) -> str:
        passages = await self._read_source()
        if passages is None:
            return ""
        budget = self._source_budget(generation.SOURCE_TOKENS)
        return await self._run_in_thread(lambda: grounding.digest(passages, budget))

    async def _selection(self, part: JsonObject) -> str:
        passages = await self._read_source()
        if passages is None:
            return ""
        sections, budget = _labels(part.get("sections")), self._source_budget(SELECTION_TOKENS)
        query = " ".join(_texts(_shown(part)))
        return await self._run_in_thread(lambda: grounding.select(passages, sections, query, budget))

    def _source_budget(self, most: int) -> int:
        return source_budget(most, context=self._context, max_tokens=self._max_tokens)

    async def _read_source(self) -> Passages | None:
        source = self._brief.source
        if source is not None and self._passages is None:
            self._passages = await self._run_in_thread(lambda: grounding.read(source))
        return self._passages


def values_of(brief: Brief) -> PromptValues:
    """Return what a brief says in every prompt, without a source."""
    return PromptValues(
        topic=brief.topic,
        audience=brief.audience,
        language=brief.language,
        sizes=described(brief.structure_type, brief.sizes),
        level=brief.level,
        required_elements=tuple(requirements.line(brief.structure_type, element) for element in brief.required),
        words=prompts.length_hint(brief.structure_type, brief.level, brief.template),
        system_prompt=brief.system_prompt,
    )


def source_budget(most: int, *, context: int, max_tokens: int) -> int:
    """Return how many tokens of source fit into a prompt beside everything else, no more than ``most``."""
    return max(500, min(most, context - max_tokens - RESERVE_TOKENS))


def wanted(brief: Brief) -> Wanted:
    """Return what a brief asks of a model, with the lengths that are asked for in it."""
    return Wanted(
        structure_type=brief.structure_type,
        level=brief.level,
        sizes=brief.sizes,
        language=brief.language,
        max_elements=brief.max_elements,
        words=prompts.asked_words(brief.structure_type, brief.template),
        targets=brief.template.word_targets,
    )


def _pairs(faults: Sequence[Fault]) -> Faults:
    return tuple((fault.path, fault.message) for fault in faults)


def _shown(part: JsonObject) -> JsonObject:
    """What a writer needs of a part's plan; its neighbours stand in the outline already."""
    return {
        key: value for key, value in part.items() if key not in ("group", "neighbours", "sections", "isFirst", "isLast")
    }


def _labels(sections: Json) -> tuple[str, ...]:
    return tuple(str(label) for label in sections) if isinstance(sections, list) else ()


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    return [text for entry in value for text in _texts(entry)] if isinstance(value, list) else []

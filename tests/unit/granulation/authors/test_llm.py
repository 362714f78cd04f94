"""The author that has a model write, where no model is needed to see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from granulator.errors import AiResponseInvalid
from granulator.granulation.asking import Asker
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.llm import LlmAuthor, values_of
from granulator.granulation.plan import Sizes
from granulator.granulation.validation import RequiredElement
from granulator.providers.base import ModelProfile
from tests.unit.granulation.samples import QUIZ, quiz, template

PROFILE = ModelProfile(structured="strict", dialect="openai", context=100_000, max_output=8000)


def author(brief: Brief) -> LlmAuthor:
    return LlmAuthor(
        brief,
        cast(Asker, None),
        profile=PROFILE,
        max_tokens=4000,
        fan_out=1,
        run_in_thread=asyncio.to_thread,
    )


def brief(**more: Any) -> Brief:
    """An order of a quiz of one category and five questions."""
    asked = Brief(
        topic="Tides",
        structure_type=QUIZ,
        level=1,
        audience="general",
        language="en",
        sizes=Sizes(1, 5),
        template=template(QUIZ),
        source=None,
    )
    return replace(asked, **more)


async def test_a_structure_larger_than_it_may_be_is_joined_and_not_cut_off() -> None:
    outline = Outline(quiz(), (), plan="single")

    written = await author(brief(max_elements=11)).assemble(outline, ())

    assert [len(category["questions"]) for category in cast(Any, written)["categories"]] == [10]
    assert len(cast(Any, await author(brief()).assemble(outline, ()))["categories"]) == 2


async def test_a_structure_that_cannot_be_joined_to_what_it_may_be_is_refused() -> None:
    with pytest.raises(AiResponseInvalid):
        await author(brief(max_elements=2)).assemble(Outline(quiz(), (), plan="single"), ())


def test_a_prompt_is_told_what_is_required_and_where() -> None:
    required = (RequiredElement("Ebb"), RequiredElement("Spring tide", "topic", 3, ("1.2", "q_4")))

    values = values_of(brief(required=required))

    assert values.required_elements == (
        "Ebb",
        "Spring tide (topic), in at least 3 places, in 1.2 (category 1, question 2) and in q_4",
    )

"""The author that has a model write, where no model is needed to see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from granulator.errors import AiResponseInvalid
from granulator.granulation.asking import Asker
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.llm import LlmAuthor
from granulator.granulation.plan import Sizes
from granulator.granulation.templates import load
from granulator.model import StructureType
from granulator.providers.base import ModelProfile
from granulator.store.database import data_file
from tests.unit.granulation.samples import quiz

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


async def test_a_structure_larger_than_it_may_be_is_refused_and_not_cut_off() -> None:
    templates = {template.structure_type: template for template in load(data_file("templates"))}
    brief = Brief(
        topic="Tides",
        structure_type=StructureType.QUIZ,
        level=1,
        audience="general",
        language="en",
        sizes=Sizes(1, 5),
        template=templates[StructureType.QUIZ],
        source=None,
    )
    outline = Outline(quiz(), (), plan="single")

    assert await author(brief).assemble(outline, ())
    with pytest.raises(AiResponseInvalid):
        await author(replace(brief, max_elements=2)).assemble(outline, ())

"""What holds for everything that is written from a source in one piece."""

from __future__ import annotations

from hashlib import sha256

import pytest

from granulator.granulation import structures
from granulator.granulation.structures import at, element_paths
from granulator.model import StructureType
from tests.unit.extraction.procedure_samples import BREWERY
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.authors.extracted.written import brief, elements, errors, verdict, write
from tests.unit.granulation.samples import KNOWLEDGE_MAP, LEARNING_PATH, WORKFLOW

WRITTEN = [(KNOWLEDGE_MAP, HARBOUR), (WORKFLOW, HARBOUR), (WORKFLOW, BREWERY), (LEARNING_PATH, HARBOUR)]


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("kind", "text"), WRITTEN)
async def test_what_is_written_passes_our_own_validation_at_every_level(kind: StructureType, text: str, level: int):
    of = brief(kind, text, level)
    found = verdict((await write(of))[1], of)

    assert errors(found) == []
    assert found.score is not None
    assert found.score >= 85


@pytest.mark.parametrize(("kind", "text"), WRITTEN)
async def test_every_element_carries_a_span_that_resolves(kind: StructureType, text: str):
    _, structure = await write(brief(kind, text, 3))

    places = [element for path in element_paths(kind) for _, element in at(structure, path)]
    assert len(places) == len(list(elements(structure)))
    for element in elements(structure):
        span = element["provenance"]["span"]
        assert (element["provenance"]["kind"], span["doc"]) == ("source", "source")
        assert element["provenance"]["sha256"] == sha256(text[span["start"] : span["end"]].encode()).hexdigest()


@pytest.mark.parametrize(("kind", "text"), WRITTEN)
async def test_the_structure_has_the_shape_of_its_type(kind: StructureType, text: str):
    outline, structure = await write(brief(kind, text, 2))

    assert (outline.plan, outline.parts, outline.is_scaffold) == ("single", (), False)
    assert structures.shape(kind, structure) == ()


@pytest.mark.parametrize(("kind", "text"), WRITTEN)
async def test_the_same_source_gives_the_same_structure_again(kind: StructureType, text: str):
    assert await write(brief(kind, text, 3)) == await write(brief(kind, text, 3))


@pytest.mark.parametrize(("kind", "text"), WRITTEN)
async def test_the_topic_is_not_taken_for_markup_and_names_what_has_no_title(kind: StructureType, text: str):
    topic = "$& {topic} {{ 7*7 }} %s"
    plain = "\n".join(line.removeprefix("# ") if line.startswith("# ") else line for line in text.splitlines()[2:])

    _, structure = await write(brief(kind, plain, 2, topic=topic))

    overview = structure[structures.OVERVIEWS[kind]]
    assert kind is WORKFLOW or overview["title"] == topic

"""How a structure is asked for: in one call while that surely fits, else as an outline and parts that do."""

from __future__ import annotations

from itertools import product

import pytest

from granulator.granulation import generation, prompts
from granulator.granulation.admission import DEFAULT_TEMPLATES
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.base import Planned, Wanted
from granulator.granulation.drafts.course import CourseDraft
from granulator.granulation.generation import PART_FILL, SINGLE_FILL, Generation
from granulator.granulation.order import DEFAULT_MAX_TOKENS
from granulator.granulation.plan import level_sizes, shares
from granulator.granulation.templates import load
from granulator.model import StructureType
from granulator.store.database import data_file

LEVELS = (1, 2, 3, 4, 5)
LIMITS = (200, 1000, DEFAULT_MAX_TOKENS, 16_000, 128_000)
EVERYTHING = list(product(StructureType, LEVELS, LIMITS))
TEMPLATES = {template.name: template for template in load(data_file("templates"))}


def wanted(structure_type: StructureType, level: int) -> Wanted:
    template = TEMPLATES[DEFAULT_TEMPLATES[structure_type]]
    words = prompts.asked_words(structure_type, template)
    return Wanted(structure_type, level, level_sizes(structure_type, level), "en", words=words)


def choose(structure_type: StructureType, level: int, max_tokens: int = DEFAULT_MAX_TOKENS) -> Generation:
    return generation.choose(DRAFTS[structure_type], wanted(structure_type, level), max_tokens=max_tokens)


def leaf(structure_type: StructureType, level: int) -> int:
    return DRAFTS[structure_type].leaf_tokens(level, wanted(structure_type, level).words)


def test_small_levels_are_one_call_as_long_as_they_fit_into_the_default_limit() -> None:
    plans = {kind.value: [choose(kind, level).plan for level in LEVELS] for kind in StructureType}

    one, outline = "single", "outline"
    assert plans == {
        "course": [one, outline, outline, outline, outline],
        "quiz": [one, one, outline, outline, outline],
        "novel": [one, one, outline, outline, outline],
        "workflow": [one, one, one, outline, outline],
        "knowledge_map": [one, one, outline, outline, outline],
        "learning_path": [one, one, one, outline, outline],
    }


@pytest.mark.parametrize(("kind", "level", "limit"), EVERYTHING)
def test_a_single_call_is_only_made_where_its_answer_fits(kind: StructureType, level: int, limit: int) -> None:
    chosen = choose(kind, level, limit)

    whole = generation.FRAME_TOKENS + leaf(kind, level) * generation.leaves(kind, level_sizes(kind, level))
    assert (chosen.plan == "single") == (level <= 3 and whole <= SINGLE_FILL * limit)
    assert (chosen.calls == 1) == (chosen.plan == "single")


@pytest.mark.parametrize(("kind", "level", "limit"), EVERYTHING)
def test_a_part_fits_into_its_share_of_the_limit_unless_it_is_one_leaf(
    kind: StructureType, level: int, limit: int
) -> None:
    chosen = choose(kind, level, limit)

    assert chosen.leaves_per_part >= 1
    assert chosen.leaves_per_part == 1 or chosen.leaves_per_part * leaf(kind, level) <= PART_FILL * limit


@pytest.mark.parametrize("level", LEVELS)
def test_as_many_calls_are_expected_as_a_plan_of_that_size_has_parts(level: int) -> None:
    chosen, sizes = choose(StructureType.COURSE, level, 3000), level_sizes(StructureType.COURSE, level)
    groups = tuple(
        {"title": f"Module {index}", "leaves": [{"id": f"lesson_{index}_{place}"} for place in range(count)]}
        for index, count in enumerate(shares(StructureType.COURSE, sizes))
    )

    parts = CourseDraft().parts(Planned({}, groups), chosen.leaves_per_part)  # type: ignore[arg-type]

    assert chosen.plan == "outline"
    assert chosen.calls == 1 + len(parts)
    assert max(len(part["leaves"]) for part in parts) <= chosen.leaves_per_part  # type: ignore[arg-type]


def test_a_larger_limit_never_takes_more_calls() -> None:
    calls = {kind: [choose(kind, level, limit).calls for limit in LIMITS] for kind in StructureType for level in LEVELS}

    assert all(counts == sorted(counts, reverse=True) for counts in calls.values())


def test_a_source_adds_to_the_input_alone() -> None:
    draft, quiz = DRAFTS[StructureType.QUIZ], wanted(StructureType.QUIZ, 5)

    without, with_source = [
        generation.choose(draft, quiz, max_tokens=4000, source_tokens=tokens) for tokens in (0, 500)
    ]

    assert with_source.input_tokens == without.input_tokens + 2 * 500
    assert (with_source.output_tokens, with_source.calls) == (without.output_tokens, without.calls)


def test_the_leaves_of_a_path_are_its_milestones() -> None:
    sizes = level_sizes(StructureType.LEARNING_PATH, 3)

    assert generation.leaves(StructureType.LEARNING_PATH, sizes) == sizes.groups == 6
    assert generation.leaves(StructureType.QUIZ, sizes) == sizes.leaves == 18

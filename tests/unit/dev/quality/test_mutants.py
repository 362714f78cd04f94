"""The mutants: one defect each, the same at every run, of every kind in both splits, and no clean structure touched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from granulator.dev.quality.changes import changes
from granulator.dev.quality.clean.structures import Clean, hand_written
from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.beyond import DEFECTS as BEYOND
from granulator.dev.quality.defects.catalogue import DEFECTS
from granulator.dev.quality.defects.languages import SENTENCES
from granulator.dev.quality.defects.prose import cut
from granulator.dev.quality.mutants import Mutant, mutants
from granulator.dev.quality.split import Split
from granulator.granulation.validation import RULES

JUDGES = ("key_disputed", "key_uncertain", "unsupported", "rubric_")
"""What only a model that judges says."""

ONLY_FROM_DOCUMENTS = {
    "a citation that does not hold",
    "a statement the source does not make",
    "no exercises at a level that asks for them",
}


@pytest.fixture(scope="module")
def cleans() -> list[Clean]:
    return [clean for split in Split for clean in hand_written(split)]


@pytest.fixture(scope="module")
def every(cleans: list[Clean]) -> list[Mutant]:
    return list(mutants(cleans, [*DEFECTS, *BEYOND]))


def named(every: list[Mutant], name: str) -> list[str]:
    return list(changes(next(mutant for mutant in every if mutant.name == name).work))


def test_there_are_more_than_two_hundred_pairs_of_kind_and_type():
    pairs = Counter((kind, defect.kind) for defect in DEFECTS for kind in defect.types)

    assert len(pairs) > 200


def test_every_kind_of_defect_is_made_in_both_splits(every: list[Mutant]):
    made = {(mutant.work.split, mutant.work.structure_type, mutant.defect.kind) for mutant in every}
    wanted = {
        (split, kind, defect.kind)
        for split in Split
        for defect in (*DEFECTS, *BEYOND)
        for kind in defect.types
        if defect.kind not in ONLY_FROM_DOCUMENTS
    }

    assert made == wanted


def test_a_mutant_differs_from_its_clean_structure(every: list[Mutant]):
    assert [mutant.name for mutant in every if not list(changes(mutant.work))] == []


def test_names_are_unique(every: list[Mutant]):
    assert [name for name, count in Counter(mutant.name for mutant in every).items() if count > 1] == []


def test_no_defect_touches_the_clean_structure(cleans: list[Clean]):
    before = [json.dumps(clean.structure) for clean in cleans]

    list(mutants(cleans, [*DEFECTS, *BEYOND]))

    assert [json.dumps(clean.structure) for clean in cleans] == before


def test_mutants_are_the_same_at_every_run(cleans: list[Clean], every: list[Mutant]):
    again = {mutant.name: list(changes(mutant.work)) for mutant in mutants(cleans, [*DEFECTS, *BEYOND])}

    assert again == {mutant.name: list(changes(mutant.work)) for mutant in every}


def test_every_expected_code_is_one_that_rules_have():
    assert {code for defect in DEFECTS for code in defect.codes} <= set(RULES)


def test_every_code_of_a_rule_is_the_answer_to_some_defect():
    expected = {code for defect in DEFECTS for code in defect.codes}

    assert [code for code in RULES if code not in expected and not code.startswith(JUDGES)] == []


@pytest.mark.parametrize("name", [name for name in vars(wordings) if name.isupper()])
def test_no_wording_is_used_in_both_splits(name: str):
    by_split = vars(wordings)[name]

    assert not texts(by_split[Split.DEV]) & texts(by_split[Split.TEST])


def test_no_sentence_in_another_language_is_used_in_both_splits():
    assert not texts(SENTENCES[Split.DEV]) & texts(SENTENCES[Split.TEST])


def texts(wording: Mapping[str, Sequence[str] | str] | Sequence[str]) -> set[str]:
    if not isinstance(wording, Mapping):
        return set(wording) - {"{stem}"}
    if all(isinstance(value, str) for value in wording.values()):
        return set(wording)
    return {text for values in wording.values() for text in values} - {"{stem}"}


def test_a_shifted_key_names_the_next_option(every: list[Mutant]):
    assert named(every, "course/burns/keys shifted by one/gross") == [
        "modules[0].assessment.questions[0].correctAnswer: 2 -> 0",
        "modules[0].assessment.questions[1].correctAnswer: 0 -> 1",
        "modules[1].assessment.questions[0].correctAnswer: 2 -> 0",
        "modules[1].assessment.questions[1].correctAnswer: 0 -> 1",
    ]


@pytest.mark.parametrize(
    ("severity", "left"),
    [
        ("gross", "Only a few of the rema"),
        ("plain", "Only a few of the remaining boats"),
        ("subtle", "Only a few of the remaining boats had come and the"),
    ],
)
def test_a_text_is_cut_off_inside_a_word_or_between_words(severity: str, left: str):
    assert cut("Only a few of the remaining boats had come home before dark.", severity) == left


def test_two_acts_of_three_are_left_out(every: list[Mutant]):
    changed = named(every, "novel/orchard/acts absent/gross")

    assert [change.split(":")[0] for change in changed] == ["acts[1]", "acts[2]"]
    assert all(change.endswith("removed") for change in changed)


def test_prerequisites_form_a_ring(every: list[Mutant]):
    assert named(every, "learning_path/baker/prerequisites in a ring/plain") == [
        'milestones[0].requires[0]: added "milestone_mixing"'
    ]


def test_a_required_element_that_is_missing_is_a_part_of_a_word_at_most(every: list[Mutant]):
    mutant = next(row for row in every if row.name == "course/burns/a required element is missing/subtle")
    name = mutant.work.required[0].name
    prose = json.dumps(mutant.work.structure).casefold()

    assert name in prose
    assert f" {name} " not in prose


def test_a_request_is_changed_where_the_structure_is_not(every: list[Mutant]):
    assert named(every, "quiz/coffee/about something else than asked/gross")[0].startswith("request: topic ")
    assert named(every, "workflow/incident/not the size that was asked for/gross") == ["request: granularity level 5"]

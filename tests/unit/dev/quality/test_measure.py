"""The measurement: what counts as detected, how it is counted, what the page shows and when the gate shuts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from granulator.dev.quality import gate, report
from granulator.dev.quality.__main__ import main
from granulator.dev.quality.clean.structures import Clean, hand_written
from granulator.dev.quality.defects.workpiece import Defect, Workpiece, blemish, child, defect, rows
from granulator.dev.quality.measure import Result, judge, key, measured, untouched
from granulator.dev.quality.mutants import mutants
from granulator.dev.quality.page import page
from granulator.dev.quality.report import Measurement
from granulator.dev.quality.split import Split
from granulator.model import StructureType

QUIZ = (StructureType.QUIZ,)


def miscount(work: Workpiece) -> bool:
    child(work.structure, "quizOverview")["totalQuestions"] = 3
    return True


def flatten(work: Workpiece) -> bool:
    for question in rows(work.structure, "categories", "questions"):
        question["difficulty"] = "easy"
    return True


COUNT = defect("a wrong count", QUIZ, "count_mismatch", miscount, ("plain",))
FLAT = blemish("one difficulty", QUIZ, "difficulty_flat", flatten, ("plain",))


@pytest.fixture
def clean() -> Clean:
    return next(row for row in hand_written(Split.DEV) if row.name == "incidents")


def results(clean: Clean, *defects: Defect) -> list[Result]:
    return measured(mutants([clean], defects), {key(clean): judge(untouched(clean))})


def measurement(clean: Clean, split: Split = Split.DEV) -> Measurement:
    found = results(replace(clean, split=split), COUNT, FLAT)
    return Measurement(split, [(clean, judge(untouched(clean)))], found, [])


def test_a_mutant_is_detected_when_the_expected_code_is_new(clean: Clean):
    assert [result.is_detected for result in results(clean, COUNT, FLAT)] == [True, True]


def test_another_code_than_the_expected_one_detects_nothing(clean: Clean):
    other = replace(COUNT, codes=("dup_id",))

    assert [result.is_detected for result in results(clean, other)] == [False]


def test_a_warning_does_not_detect_what_has_to_be_an_error(clean: Clean):
    strict = replace(FLAT, is_error=True)

    assert [(result.is_named, result.is_detected) for result in results(clean, strict)] == [(True, False)]


def test_an_issue_the_clean_structure_has_too_detects_nothing(clean: Clean):
    child(clean.structure, "quizOverview")["totalQuestions"] = 4

    assert [result.is_detected for result in results(clean, COUNT)] == [False]


def test_the_plain_average_lets_pass_what_the_gate_of_errors_stops(clean: Clean):
    judged = results(clean, COUNT)[0].judged

    assert (judged.is_valid, judged.score < 85 <= judged.average) == (False, True)


def test_figures_count_mutants_pairs_and_false_alarms(clean: Clean):
    assert report.figures(measurement(clean)) == (
        "dev: 2 mutants of 1 clean structures, 2 pairs of kind and type; detected 100.0 % (mean of the pairs 100.0 %); "
        "clean with an error 0.0 %, with any issue 0.0 %"
    )


def test_the_table_of_kinds_sets_the_splits_side_by_side(clean: Clean):
    both = [measurement(clean), replace(measurement(clean), split=Split.TEST, results=())]

    assert report.by_kind(both).splitlines() == [
        "| type | defect | one of these codes | as | dev | test |",
        "| --- | --- | --- | --- | --- | --- |",
        "| quiz | a wrong count | `count_mismatch` | error | 1/1 |  |",
        "| quiz | one difficulty | `difficulty_flat` | warning | 1/1 |  |",
    ]


def test_missed_mutants_of_the_test_split_are_not_named_on_the_page(clean: Clean):
    blind = replace(COUNT, codes=("dup_id",))
    made = partial(replace, measurement(clean), results=results(clean, blind))
    text = page([made(split=Split.DEV), made(split=Split.TEST)])

    assert text.count("incidents/a wrong count/plain") == 1
    assert "| quiz | a wrong count | 1 |" in text


def test_the_page_says_whether_the_limits_are_kept(clean: Clean):
    good = measurement(clean)
    bad = replace(good, split=Split.TEST, results=results(clean, replace(COUNT, codes=("dup_id",))))

    assert "the whole keeps them" in " ".join(page([good, replace(good, split=Split.TEST)]).split())
    assert "the whole does NOT keep them" in " ".join(page([good, bad]).split())


def test_the_gate_names_each_limit_that_is_broken(clean: Clean):
    blind = results(clean, replace(COUNT, codes=("dup_id",)))
    faulty = judge(next(iter(mutants([clean], [COUNT]))).work)

    assert gate.faults(measurement(clean)) == []
    assert gate.faults(Measurement(Split.TEST, [(clean, faulty)], blind, [])) == [
        "detection is 0.000, at least 0.97 is needed",
        "1.000 of the clean structures have an error, at most 0.1 may",
    ]


def test_show_prints_what_a_mutant_of_dev_changes(capsys: pytest.CaptureFixture[str]):
    status = main(["--split", "dev", "--show", "quiz/incidents/a count that is not the real one/plain"])

    assert (status, capsys.readouterr().out) == (0, "quizOverview.totalQuestions: 10 -> 13\n")


def test_show_refuses_mutants_of_test(capsys: pytest.CaptureFixture[str]):
    status = main(["--split", "test", "--show", "quiz/maps/a count that is not the real one/plain"])

    assert (status, capsys.readouterr().out) == (2, "only mutants of the dev split are shown\n")

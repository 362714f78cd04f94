"""What a judgement makes of a verdict: it adds, it never takes away, and the score follows from all that was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.granulation import result
from granulator.granulation.checks.codes import RULES, issue
from granulator.granulation.judgement import NOT_RUN, Judgement
from granulator.granulation.judging.criteria import CRITERIA
from granulator.granulation.validation import judged
from granulator.model import Issue, StructureType
from tests.unit.granulation import samples
from tests.unit.granulation.samples import put, verdict

WARNING = issue("rubric_one_answer", "categories[0].questions[1].question", "It is vague.", "Say what it depends on")
DISPUTED = issue("key_disputed", "categories[0].questions[0]", "Nobody chose it.", "Check the key")
CLEAN = samples.quiz()
BROKEN = put(
    samples.quiz(), "categories[0].questions[0].options[1]", CLEAN["categories"][0]["questions"][0]["options"][0]
)


def judgement(*issues: Issue, **changed: object) -> Judgement:
    return replace(Judgement("ok", "model-1", agreement=0.5, issues=issues), **changed)  # type: ignore[arg-type]


def test_a_warning_of_the_judge_lowers_the_dimension_it_counts_against() -> None:
    before = verdict(CLEAN)

    after = judged(before, judgement(WARNING), threshold=85)

    assert after.issues == (*before.issues, WARNING)
    # Ten questions, one warning of 0.4: four hundredths of the coherence, which is 35 hundredths of the score.
    assert (before.content_coherence, after.content_coherence) == (100, 96)
    assert (after.structure_completeness, after.quality_metrics) == (
        before.structure_completeness,
        before.quality_metrics,
    )
    assert (before.score, after.score, after.is_valid) == (100, 99, True)
    assert WARNING.fix in after.recommendations
    assert (after.method, after.judge.model) == ("rules+judge", "model-1")


def test_an_error_of_the_judge_keeps_the_score_under_the_threshold() -> None:
    after = judged(verdict(CLEAN), judgement(DISPUTED, WARNING), threshold=85)

    assert (after.is_valid, after.score, after.error_count) == (False, 84, 1)
    assert after.issues[:1] == (DISPUTED,)
    assert after.is_shape_ok


def test_a_judge_that_finds_nothing_leaves_every_figure_as_it_was() -> None:
    before = verdict(BROKEN)

    after = judged(before, judgement(), threshold=85)

    assert replace(after, judge=NOT_RUN, method="rules") == before
    assert before.has_errors


@pytest.mark.parametrize(
    "found", [NOT_RUN, Judgement("unavailable", "model-1"), judgement(DISPUTED, status="unavailable")]
)
def test_a_judge_that_did_not_come_to_an_end_changes_nothing_but_its_own_row(found: Judgement) -> None:
    before = verdict(CLEAN)

    after = judged(before, found, threshold=85)

    assert replace(after, judge=NOT_RUN) == before
    assert after.judge == found


def test_a_scaffold_stays_without_a_score() -> None:
    before = verdict(CLEAN, is_scaffold=True)

    assert judged(before, judgement(DISPUTED), threshold=85).score is None


@pytest.mark.parametrize(
    ("found", "row"),
    [
        (NOT_RUN, {"status": "not_run", "model": None}),
        (Judgement("unavailable", "m"), {"status": "unavailable", "model": "m"}),
        (Judgement("ok", "m", agreement=1.0), {"status": "ok", "model": "m", "agreement": 1}),
        (Judgement("ok", "m", coverage=0.25), {"status": "ok", "model": "m", "coverage": 0.25}),
    ],
)
def test_the_answer_shows_agreement_and_coverage_only_where_they_say_something(
    found: Judgement, row: dict[str, object]
) -> None:
    assert result.judge_row(found) == row


def test_the_history_alone_keeps_criteria_and_votes() -> None:
    told = judged(verdict(CLEAN), judgement(questions=({"path": "q"},), scores=({"criterion": "c"},)), threshold=85)

    assert {"questions", "scores"} & result.verdict_row(told).keys() == set()
    assert result.history_row(told) == {
        **result.verdict_row(told),
        "questions": [{"path": "q"}],
        "scores": [{"criterion": "c"}],
    }


def test_every_type_has_five_criteria_and_each_no_is_a_warning() -> None:
    assert set(CRITERIA) == set(StructureType)
    for criteria in CRITERIA.values():
        assert len({criterion.name for criterion in criteria}) == 5
        assert {RULES[criterion.code].severity for criterion in criteria} == {"warning"}

"""The verdict on a structure: which checks run at which level, and the score their findings leave. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from granulator.granulation import structures
from granulator.granulation.checks import (
    cast,
    course,
    distribution,
    graph,
    handover,
    keys,
    languages,
    levels,
    maps,
    novel,
    paths,
    prose,
    quiz,
    repeats,
    shared,
    stand_ins,
    texts,
    workflow,
)
from granulator.granulation.checks.codes import RULES, Dimension
from granulator.granulation.checks.document import Document, Expectation, RequiredElement
from granulator.granulation.checks.reading import read
from granulator.granulation.checks.required import required
from granulator.granulation.judgement import NOT_RUN, Judgement
from granulator.granulation.plan import Sizes
from granulator.model import Issue, Json, StructureType, Template

__all__ = ["ERROR_CHECKS", "RULES_VERSION", "RequiredElement", "Verdict", "WARNING_CHECKS", "judged", "validate"]

Check = Callable[[Document, Expectation], Iterator[Issue]]

RULES_VERSION = "2"
ISSUES_PER_CHECK_MAX = 500

SHAPE_CHECKS: tuple[Check, ...] = (levels.bounds, levels.levels, texts.empty)
"""What decides, with the model and the missing levels, whether the structure has its shape at all."""

INTEGRITY_CHECKS: tuple[Check, ...] = (shared.dup_id, shared.dangling_ref, levels.count_mismatch)
"""What holds for a scaffold too."""

ERROR_CHECKS: tuple[Check, ...] = (
    *INTEGRITY_CHECKS,
    stand_ins.placeholder,
    texts.truncated,
    prose.thin,
    repeats.dup_content,
    quiz.dup_options,
    quiz.answer_in_stem,
    quiz.answer_leak,
    keys.key_contradicts_explanation,
    quiz.dup_question,
    course.no_exercises,
    novel.no_arc,
    novel.no_main_thread,
    novel.thread_unresolved,
    cast.character_vanishes,
    graph.self_loop,
    graph.cycle,
    graph.isolated,
    graph.unreachable_milestones,
    graph.competency_uncovered,
    workflow.unreachable,
    workflow.several_starts,
    workflow.no_end,
    workflow.cannot_finish,
    workflow.endless_loop,
    workflow.branch_no_condition,
    workflow.foreign_branch,
    required,
)
WARNING_CHECKS: tuple[Check, ...] = (
    shared.topic_missing,
    shared.dup_title,
    handover.dup_step,
    maps.dup_concept,
    maps.dup_relation,
    languages.wrong_language,
    languages.readability,
    levels.granularity_mismatch,
    prose.off_topic,
    prose.keypoints_unrelated,
    prose.ungrounded,
    course.unmeasurable_objective,
    course.objective_uncovered,
    course.imbalance,
    course.duration_mismatch,
    novel.act_balance,
    novel.beat_position,
    cast.character_absent,
    handover.unknown_role,
    handover.unused_output,
    workflow.dead_end,
    maps.disconnected,
    maps.concept_level,
    paths.hours_mismatch,
    paths.level_falls,
    quiz.overlapping_options,
    distribution.difficulty_flat,
    distribution.key_position_bias,
    distribution.longest_is_correct,
    distribution.all_of_above,
)

_WEIGHT = {"error": 1.0, "warning": 0.4}
_SHAPE_CODES = frozenset(
    {
        "schema",
        "empty",
        "missing_level",
        "below_minimum",
        "key_range",
        "few_options",
        "no_keypoints",
        "no_objectives",
        "empty_module",
        "empty_act",
        "missing_act",
        "no_arc",
        "no_responsible",
    }
)
"""Codes that say that a place does not hold what it must; one of them per place is enough."""

_SHARE = {Dimension.COMPLETENESS: 40, Dimension.COHERENCE: 35, Dimension.QUALITY: 25}
"""Hundredths of the score."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation found. Scores are 0..100; a scaffold has completeness only, and is neither valid nor invalid.

    ``units`` and ``filled`` (fields that are filled, fields there are) are what the score is taken from.
    """

    is_valid: bool | None
    score: int | None
    structure_completeness: int
    content_coherence: int | None
    quality_metrics: int | None
    issues: tuple[Issue, ...]
    recommendations: tuple[str, ...]
    is_shape_ok: bool
    method: str = "rules"
    rules_version: str = RULES_VERSION
    judge: Judgement = NOT_RUN
    units: int = field(default=1, repr=False, compare=False)
    filled: tuple[int, int] = field(default=(1, 1), repr=False, compare=False)

    @property
    def error_count(self) -> int:
        return sum(issue.severity == "error" for issue in self.issues)

    @property
    def has_errors(self) -> bool:
        return self.error_count > 0


def validate(
    structure: Json,
    structure_type: StructureType,
    *,
    template: Template | None,
    level: int = 2,
    threshold: float = 85,
    sizes: Sizes | None = None,
    granularity_level: int | None = None,
    required_elements: Sequence[RequiredElement] = (),
    sources: Mapping[str, str] | None = None,
    topic: str | None = None,
    language: str = "en",
    is_scaffold: bool = False,
) -> Verdict:
    """Check a structure and score it; ``threshold`` is 0..100, ``sources`` maps a document's name to its text.

    Level 1 runs the shape and all errors, levels 2 and 3 the warnings too. Sources that are absent or empty are not
    held against a structure. Raises nothing for any structure.
    """
    expected = Expectation(
        template=template,
        sizes=sizes,
        granularity_level=granularity_level,
        required_elements=required_elements,
        sources=sources or {},
        topic=topic,
    )
    in_shape = structures.shape(structure_type, structure)
    if any(issue.path == "$" for issue in in_shape):
        return _verdict(list(in_shape), structures.filled(structure_type, {}), 1, threshold, is_scaffold=is_scaffold)
    document = read(structure_type, structure, language)
    issues = [*levels.missing_level(document, expected), *in_shape, *_run(SHAPE_CHECKS, document, expected)]
    issues += _run(_checks(level, is_scaffold=is_scaffold), document, expected)
    filled = structures.filled(structure_type, structure)
    return _verdict(_distinct(issues), filled, len(document.leaves), threshold, is_scaffold=is_scaffold)


def judged(verdict: Verdict, judgement: Judgement, *, threshold: float) -> Verdict:
    """Return the verdict with what a judge added to it, scored anew; ``threshold`` is 0..100.

    Nothing that was found is taken away or made lighter. A judge that did not come to an end adds nothing.
    """
    if judgement.status != "ok" or verdict.score is None:
        return replace(verdict, judge=judgement)
    return _added(verdict, judgement, threshold)


def standing(verdict: Verdict, issues: Sequence[Issue], *, threshold: float) -> Verdict:
    """Return the verdict with what an earlier judge had found and this one, who failed, did not look at again."""
    return _added(verdict, replace(verdict.judge, issues=tuple(issues)), threshold)


def _added(verdict: Verdict, judgement: Judgement, threshold: float) -> Verdict:
    issues = _distinct([*verdict.issues, *judgement.issues])
    scored = _verdict(issues, verdict.filled, verdict.units, threshold, is_scaffold=False)
    return replace(scored, is_shape_ok=verdict.is_shape_ok, method="rules+judge", judge=judgement)


def is_shape(issue: Issue) -> bool:
    """Return whether an issue says that a place does not hold what it must."""
    return issue.code in _SHAPE_CODES


def _checks(level: int, *, is_scaffold: bool) -> tuple[Check, ...]:
    if is_scaffold:
        return INTEGRITY_CHECKS
    return ERROR_CHECKS if level == 1 else ERROR_CHECKS + WARNING_CHECKS


def _run(checks: Sequence[Check], document: Document, expected: Expectation) -> Iterator[Issue]:
    for check in checks:
        yield from islice(check(document, expected), ISSUES_PER_CHECK_MAX)


def _distinct(issues: Sequence[Issue]) -> list[Issue]:
    first: dict[tuple[str, str, str], Issue] = {}
    for issue in issues:
        kind = "shape" if issue.code in _SHAPE_CODES else issue.code
        # Several required elements may be missing from one place.
        detail = issue.message if kind.startswith("required") else ""
        first.setdefault((kind, issue.path, detail), issue)
    return sorted(first.values(), key=lambda issue: issue.severity == "warning")


def _verdict(
    issues: Sequence[Issue], filled: tuple[int, int], units: int, threshold: float, *, is_scaffold: bool
) -> Verdict:
    scores = {dimension: _dimension(issues, dimension, max(1, units)) for dimension in Dimension}
    scores[Dimension.COMPLETENESS] *= filled[0] / filled[1]
    rounded = {dimension: _round(score) for dimension, score in scores.items()}
    errors = sum(issue.severity == "error" for issue in issues)
    score = _score(rounded, errors, threshold)
    return Verdict(
        is_valid=None if is_scaffold else errors == 0 and score >= threshold,
        score=None if is_scaffold else score,
        structure_completeness=rounded[Dimension.COMPLETENESS],
        content_coherence=None if is_scaffold else rounded[Dimension.COHERENCE],
        quality_metrics=None if is_scaffold else rounded[Dimension.QUALITY],
        issues=tuple(issues),
        recommendations=tuple(dict.fromkeys(issue.fix for issue in issues)),
        is_shape_ok=not any(issue.code in _SHAPE_CODES for issue in issues),
        units=units,
        filled=filled,
    )


def _dimension(issues: Sequence[Issue], dimension: Dimension, units: int) -> float:
    lost = sum(_WEIGHT[issue.severity] for issue in issues if RULES[issue.code].dimension is dimension)
    return 100 * max(0.0, 1 - lost / units)


def _score(scores: Mapping[Dimension, int], errors: int, threshold: float) -> int:
    hundredths = sum(_SHARE[dimension] * score for dimension, score in scores.items())
    average = (hundredths + 50) // 100
    if errors == 0:
        return average
    return max(0, min(average, math.floor(threshold - 1 - 4 * (errors - 1))))


def _round(value: float) -> int:
    return math.floor(value + 0.5)

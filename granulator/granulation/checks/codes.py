"""The table of issue codes: which dimension of the score each one counts against, and how heavily; no check itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from granulator.model import Issue


class Dimension(StrEnum):
    """The three parts of the score."""

    COMPLETENESS = "structureCompleteness"
    COHERENCE = "contentCoherence"
    QUALITY = "qualityMetrics"


@dataclass(frozen=True, slots=True)
class Rule:
    dimension: Dimension
    severity: Literal["error", "warning"]


_S, _C, _Q = Dimension.COMPLETENESS, Dimension.COHERENCE, Dimension.QUALITY

_ERRORS = {
    _S: (
        "schema empty placeholder truncated dup_id count_mismatch below_minimum above_maximum missing_level thin "
        "key_range dup_options few_options empty_module no_objectives no_keypoints "
        "missing_act empty_act no_responsible required_missing required_too_few required_misplaced"
    ),
    _C: (
        "dangling_ref dup_content answer_leak key_contradicts_explanation dup_question "
        "self_loop cycle isolated unreachable no_end cannot_finish endless_loop branch_no_condition "
        "thread_unresolved no_arc character_vanishes competency_uncovered"
    ),
    _Q: "answer_in_stem",
}
_WARNINGS = {
    _S: "granularity_mismatch",
    _C: (
        "off_topic topic_missing keypoints_unrelated ungrounded dup_title dup_step dup_concept dup_relation "
        "objective_uncovered disconnected concept_level unknown_role unused_output dead_end hours_mismatch level_falls "
        "character_absent"
    ),
    _Q: (
        "unmeasurable_objective difficulty_flat key_position_bias longest_is_correct all_of_above wrong_language "
        "overlapping_options readability imbalance act_balance beat_position duration_mismatch"
    ),
}

_JUDGED_ERRORS = {_C: "key_disputed"}
_JUDGED_WARNINGS = {
    _C: (
        "key_uncertain unsupported rubric_sequence rubric_coverage rubric_objectives rubric_one_answer rubric_causes "
        "rubric_change rubric_theme rubric_decisions rubric_purpose rubric_relations rubric_goal"
    ),
    _Q: (
        "rubric_specific rubric_audience rubric_examples rubric_distractors rubric_explanations rubric_stakes "
        "rubric_executable rubric_definitions rubric_activities rubric_assessable"
    ),
}
"""What only a judge finds."""


def _rules(severity: Literal["error", "warning"], table: Mapping[Dimension, str]) -> dict[str, Rule]:
    return {code: Rule(dimension, severity) for dimension, codes in table.items() for code in codes.split()}


RULES: Mapping[str, Rule] = MappingProxyType(
    _rules("error", _ERRORS)
    | _rules("warning", _WARNINGS)
    | _rules("error", _JUDGED_ERRORS)
    | _rules("warning", _JUDGED_WARNINGS)
)


def issue(code: str, path: str, message: str, fix: str) -> Issue:
    """Return an issue of a known code; its severity comes from the table."""
    return Issue(code, RULES[code].severity, path, _sendable(message), _sendable(fix))


def quote(text: str) -> str:
    """Return the start of a text in quotation marks, for a message."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= 80 else f'"{line[:79]}…"'


def _sendable(text: str) -> str:
    # A lone surrogate is a valid JSON escape but not valid UTF-8.
    return text.encode("utf-8", "backslashreplace").decode()

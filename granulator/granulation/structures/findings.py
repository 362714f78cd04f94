"""What pydantic found, as issues with codes, paths on the wire and words that help; decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_core import ErrorDetails

from granulator.granulation.structures.question import TYPES
from granulator.granulation.structures.workflow import CONDITION_FORMS
from granulator.model import Issue

_FORMS = frozenset((*TYPES, *CONDITION_FORMS))
"""How pydantic names the branches of a union behind an index; they are no keys of the document."""

_CODES_WHEN_ABSENT = {
    "modules": "missing_level",
    "categories": "missing_level",
    "lessons": "missing_level",
    "questions": "missing_level",
    "acts": "missing_level",
    "chapters": "missing_level",
    "scenes": "missing_level",
    "characters": "missing_level",
    "plotThreads": "missing_level",
    "steps": "missing_level",
    "concepts": "missing_level",
    "relations": "missing_level",
    "competencies": "missing_level",
    "milestones": "missing_level",
    "activities": "missing_level",
    "keyPoints": "no_keypoints",
    "learningObjectives": "no_objectives",
    "learningOutcomes": "no_objectives",
    "options": "few_options",
    "arc": "no_arc",
    "responsible": "no_responsible",
}
_CODES_WHEN_SHORT = _CODES_WHEN_ABSENT | {
    "lessons": "empty_module",
    "chapters": "empty_act",
    "acts": "missing_act",
    "steps": "below_minimum",
}
_CODES_WHEN_LONG = {"acts": "above_maximum"}
_CODES_WHEN_BLANK = {"responsible": "no_responsible"}
_BLANK = frozenset({"string_too_short"})
_FILL = frozenset(
    {
        "empty", "no_keypoints", "no_objectives", "empty_module", "few_options", "missing_level",
        "empty_act", "missing_act", "below_minimum", "no_responsible",
    }
)  # fmt: skip


def finding(detail: ErrorDetails) -> Issue:
    """Return the issue that one error of a model stands for."""
    path, name = _path(detail["loc"]), _field(detail["loc"])
    code = _code(detail["type"], name)
    message = f"{path}: {_reason(detail)}"
    return Issue(code, "error", path, message, _fix(code, name, path, detail))


def _path(location: Sequence[str | int]) -> str:
    path = ""
    previous: str | int = ""
    for step in location:
        if isinstance(step, str) and step in _FORMS and isinstance(previous, int):
            continue
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        previous = step
    return path or "$"


def _field(location: Sequence[str | int]) -> str:
    names = [step for step in location if isinstance(step, str) and step not in _FORMS]
    if location and location[-1] in TYPES:
        return "question"
    return names[-1] if names else ""


def _code(kind: str, name: str) -> str:
    if kind == "key_range" or (name == "correctAnswer" and kind not in ("missing", *_BLANK)):
        return "key_range"
    if kind == "too_short":
        return _CODES_WHEN_SHORT.get(name, "schema")
    if kind == "too_long":
        return _CODES_WHEN_LONG.get(name, "schema")
    if kind == "missing":
        return _CODES_WHEN_ABSENT.get(name, "schema")
    return _CODES_WHEN_BLANK.get(name, "empty") if kind in _BLANK else "schema"


def _reason(detail: ErrorDetails) -> str:
    limits = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field of this structure"
        case "string_too_short":
            return "is blank"
        case "model_type" | "model_attributes_type":
            return "must be a JSON object"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"needs a type, one of {', '.join(TYPES)}"
        case "too_long":
            return f"has {limits.get('actual_length')} entries, at most {limits.get('max_length')} are allowed"
        case "too_short":
            return f"has {limits.get('actual_length')} entries, at least {limits.get('min_length')} are needed"
        case _:
            return detail["msg"][:1].lower() + detail["msg"][1:300].encode("utf-8", "backslashreplace").decode()


def _fix(code: str, name: str, path: str, detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return f"Remove {path} or rename it to x_{name.lstrip('_')}"
    if code == "key_range":
        return f"Set {path} to indexes of existing options, counted from 0, as whole numbers"
    if detail["type"] == "missing":
        return f"Add {path}"
    if detail["type"] == "too_long":
        return f"Merge entries of {path} until there are {detail.get('ctx', {}).get('max_length')}"
    if code in _FILL:
        return f"Fill {path} with real content"
    return f"Change {path}: {_reason(detail)}"

"""The structure types by name: what shape each must have and how much of it is filled; not whether it is any good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from granulator.errors import InvalidStructureType
from granulator.granulation.structures.course import Assessment, Course, CourseOverview, Lesson, Module
from granulator.granulation.structures.elements import Element, FindingBudget
from granulator.granulation.structures.question import TYPES, MultipleChoice
from granulator.granulation.structures.quiz import Category, Quiz, QuizOverview
from granulator.model import Issue, Json, JsonObject, StructureType

MODELS: Mapping[StructureType, type[Element]] = MappingProxyType(
    {StructureType.COURSE: Course, StructureType.QUIZ: Quiz}
)
FINDINGS_MAX = 200
"""A structure that is wrong throughout gets this many shape issues and no more."""
ELEMENTS_MAX = 20_000
"""A structure with more elements is refused unread: forty times what a job may make."""

_PARTS: Mapping[StructureType, Mapping[str, type[Element]]] = {
    StructureType.COURSE: {
        "courseOverview": CourseOverview,
        "modules[]": Module,
        "modules[].lessons[]": Lesson,
        "modules[].assessment": Assessment,
        "modules[].assessment.questions[]": MultipleChoice,
    },
    StructureType.QUIZ: {
        "quizOverview": QuizOverview,
        "categories[]": Category,
        "categories[].questions[]": MultipleChoice,
    },
}
_MAY_BE_EMPTY = frozenset({"prerequisites", "examples", "practicalExercises", "options", "questions"})

_CODES_WHEN_ABSENT = {
    "modules": "missing_level",
    "categories": "missing_level",
    "lessons": "missing_level",
    "questions": "missing_level",
    "keyPoints": "no_keypoints",
    "learningObjectives": "no_objectives",
    "learningOutcomes": "no_objectives",
    "options": "few_options",
}
_CODES_WHEN_SHORT = _CODES_WHEN_ABSENT | {"lessons": "empty_module"}
_BLANK = frozenset({"string_too_short"})


def shape(structure_type: StructureType, structure: Json) -> tuple[Issue, ...]:
    """Return what keeps ``structure`` from having the shape of its type; never more than FINDINGS_MAX issues.

    Raises InvalidStructureType when the type has no model.
    """
    model = model_of(structure_type)
    if (size := _size(structure_type, structure)) > ELEMENTS_MAX:
        return (_too_large(size),)
    try:
        model.model_validate(structure, context=FindingBudget(FINDINGS_MAX))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:FINDINGS_MAX]
        return tuple({(issue.code, issue.path): issue for issue in map(_issue, details)}.values())
    return ()


def json_schema(structure_type: StructureType) -> JsonObject:
    """Return the JSON Schema of the structure type, by its names on the wire.

    Raises InvalidStructureType when the type has no model.
    """
    return model_of(structure_type).model_json_schema(by_alias=True)


def model_of(structure_type: StructureType) -> type[Element]:
    """Return the model of the structure type.

    Raises InvalidStructureType when it has none.
    """
    if structure_type not in MODELS:
        raise InvalidStructureType(
            f"{structure_type} is not available in this version",
            field="structureType",
            value=str(structure_type),
            supported=[str(known) for known in MODELS],
        )
    return MODELS[structure_type]


def assemble(
    structure_type: StructureType, overview: JsonObject, parts: Sequence[JsonObject], language: str
) -> JsonObject:
    """Return the whole structure from its overview and written parts; the counts in it are counted, not believed.

    Raises InvalidStructureType when the type has no model.
    """
    model_of(structure_type)
    frame: JsonObject = {"schemaVersion": "1", "language": language}
    if structure_type is StructureType.COURSE:
        return frame | {"courseOverview": overview, "modules": list(parts)}
    categories: JsonObject = {"categories": list(parts)}
    total = sum(1 for _ in at(categories, "categories[].questions[]"))
    return frame | {"quizOverview": overview | {"totalQuestions": total}} | categories


def filled(structure_type: StructureType, structure: Json) -> tuple[int, int]:
    """Return how many required fields are filled and how many there are; an element that is absent is one field."""
    have = wanted = 0
    for path, model in _PARTS[structure_type].items():
        elements = list(at(structure, path))
        required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
        wanted += len(required) * len(elements) or 1
        have += sum(_is_filled(element, key) for _, element in elements for key in required)
    return have, wanted


def _size(structure_type: StructureType, structure: Json) -> int:
    lists = (path.removesuffix("[]") for path in _PARTS[structure_type] if path.endswith("[]"))
    return sum(len(found) for path in lists for _, found in at(structure, path) if isinstance(found, list))


def _too_large(size: int) -> Issue:
    message = f"$: has {size} elements, at most {ELEMENTS_MAX} are accepted"
    return Issue("above_maximum", "error", "$", message, f"Split the structure into parts of at most {ELEMENTS_MAX}")


def at(structure: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Yield every value at a path such as ``modules[].lessons[]`` with its own path such as ``modules[0].lessons[1]``.

    A list marked ``[]`` yields its entries; what is absent or not of the expected kind yields nothing.
    """
    found: list[tuple[str, Json]] = [("", structure)]
    for step in path.split(".") if path else ():
        found = list(_step(found, step.removesuffix("[]"), step.endswith("[]")))
    yield from found


def _step(found: Sequence[tuple[str, Json]], key: str, is_list: bool) -> Iterator[tuple[str, Json]]:
    for path, value in found:
        if not isinstance(value, dict) or key not in value:
            continue
        inner, inner_path = value[key], f"{path}.{key}" if path else key
        if not is_list:
            yield inner_path, inner
        elif isinstance(inner, list):
            yield from ((f"{inner_path}[{index}]", entry) for index, entry in enumerate(inner))


def is_blank(value: Json) -> bool:
    """Return whether the value says nothing: null, white space or invisible characters, an empty list or object."""
    if isinstance(value, str):
        return not any(character.isprintable() and not character.isspace() for character in value)
    return value is None or (isinstance(value, list | dict) and not value)


def _is_filled(element: Json, key: str) -> bool:
    if not isinstance(element, dict) or key not in element:
        return False
    return not is_blank(element[key]) or (element[key] == [] and key in _MAY_BE_EMPTY)


def _issue(detail: ErrorDetails) -> Issue:
    path, name = _path(detail["loc"]), _field(detail["loc"])
    code = _code(detail["type"], name)
    message = f"{path}: {_reason(detail)}"
    return Issue(code, "error", path, message, _fix(code, name, path, detail))


def _path(location: Sequence[str | int]) -> str:
    path = ""
    previous: str | int = ""
    for step in location:
        # Pydantic names the branch of a union behind the index; it is no key of the document.
        if isinstance(step, str) and step in TYPES and isinstance(previous, int):
            continue
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        previous = step
    return path or "$"


def _field(location: Sequence[str | int]) -> str:
    names = [step for step in location if isinstance(step, str) and step not in TYPES]
    if location and location[-1] in TYPES:
        return "question"
    return names[-1] if names else ""


def _code(kind: str, name: str) -> str:
    if kind == "key_range" or (name == "correctAnswer" and kind not in ("missing", *_BLANK)):
        return "key_range"
    if kind == "too_short":
        return _CODES_WHEN_SHORT.get(name, "schema")
    if kind == "missing":
        return _CODES_WHEN_ABSENT.get(name, "schema")
    return "empty" if kind in _BLANK else "schema"


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
    if code in ("empty", "no_keypoints", "no_objectives", "empty_module", "few_options", "missing_level"):
        return f"Fill {path} with real content"
    return f"Change {path}: {_reason(detail)}"

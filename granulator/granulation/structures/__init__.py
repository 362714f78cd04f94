"""The structure types by name: what shape each must have and how much of it is filled; not whether it is any good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from pydantic import ValidationError

from granulator.granulation.structures.course import Assessment, Course, CourseOverview, Lesson, Module, Objective
from granulator.granulation.structures.elements import Element, FindingBudget
from granulator.granulation.structures.findings import finding
from granulator.granulation.structures.knowledge_map import Concept, KnowledgeMap, MapOverview, Relation
from granulator.granulation.structures.learning_path import (
    Activity,
    Competency,
    LearningPath,
    Milestone,
    MilestoneAssessment,
    PathOverview,
)
from granulator.granulation.structures.novel import Act, Arc, Chapter, Character, Novel, NovelOverview, Scene, Thread
from granulator.granulation.structures.question import MultipleChoice
from granulator.granulation.structures.quiz import Category, Quiz, QuizOverview
from granulator.granulation.structures.workflow import Phase, Role, Step, Workflow, WorkflowOverview
from granulator.model import Issue, Json, JsonObject, StructureType

MODELS: Mapping[StructureType, type[Element]] = MappingProxyType(
    {
        StructureType.COURSE: Course,
        StructureType.QUIZ: Quiz,
        StructureType.NOVEL: Novel,
        StructureType.WORKFLOW: Workflow,
        StructureType.KNOWLEDGE_MAP: KnowledgeMap,
        StructureType.LEARNING_PATH: LearningPath,
    }
)
OVERVIEWS: Mapping[StructureType, str] = MappingProxyType(
    {
        StructureType.COURSE: "courseOverview",
        StructureType.QUIZ: "quizOverview",
        StructureType.NOVEL: "novelOverview",
        StructureType.WORKFLOW: "workflowOverview",
        StructureType.KNOWLEDGE_MAP: "mapOverview",
        StructureType.LEARNING_PATH: "pathOverview",
    }
)
"""The key under which each type has what stands above everything else in it."""

LISTS: Mapping[StructureType, str] = MappingProxyType(
    {
        StructureType.COURSE: "modules",
        StructureType.QUIZ: "categories",
        StructureType.NOVEL: "acts",
        StructureType.WORKFLOW: "steps",
        StructureType.KNOWLEDGE_MAP: "concepts",
        StructureType.LEARNING_PATH: "milestones",
    }
)
"""The key under which each type has the list that holds its content."""

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
    StructureType.NOVEL: {
        "novelOverview": NovelOverview,
        "characters[]": Character,
        "characters[].arc": Arc,
        "plotThreads[]": Thread,
        "acts[]": Act,
        "acts[].chapters[]": Chapter,
    },
    StructureType.WORKFLOW: {"workflowOverview": WorkflowOverview, "steps[]": Step},
    StructureType.KNOWLEDGE_MAP: {"mapOverview": MapOverview, "concepts[]": Concept, "relations[]": Relation},
    StructureType.LEARNING_PATH: {
        "pathOverview": PathOverview,
        "competencies[]": Competency,
        "milestones[]": Milestone,
        "milestones[].activities[]": Activity,
        "milestones[].assessment": MilestoneAssessment,
    },
}
"""Where the elements are that every structure of a type has."""

_MORE_PARTS: Mapping[StructureType, Mapping[str, type[Element]]] = {
    StructureType.COURSE: {"modules[].objectives[]": Objective},
    StructureType.QUIZ: {},
    StructureType.NOVEL: {"acts[].chapters[].scenes[]": Scene},
    StructureType.WORKFLOW: {"phases[]": Phase, "roles[]": Role},
    StructureType.KNOWLEDGE_MAP: {},
    StructureType.LEARNING_PATH: {},
}
"""Where the elements are that a structure of a type may be without."""

_MAY_BE_EMPTY = frozenset(
    {
        "prerequisites", "examples", "practicalExercises", "options", "questions",
        "themes", "scenes", "characterIds", "threadIds",
        "inputs", "outputs", "tools", "nextSteps", "conditions", "stepIds",
        "altLabels", "requires", "developsCompetencies",
    }
)  # fmt: skip


def shape(structure_type: StructureType, structure: Json) -> tuple[Issue, ...]:
    """Return what keeps ``structure`` from having the shape of its type; never more than FINDINGS_MAX issues."""
    model = MODELS[structure_type]
    if (size := _size(structure_type, structure)) > ELEMENTS_MAX:
        return (_too_large(size),)
    try:
        model.model_validate(structure, context=FindingBudget(FINDINGS_MAX))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:FINDINGS_MAX]
        return tuple({(issue.code, issue.path): issue for issue in map(finding, details)}.values())
    return ()


def json_schema(structure_type: StructureType) -> JsonObject:
    """Return the JSON Schema of the structure type, by its names on the wire."""
    return model_of(structure_type).model_json_schema(by_alias=True)


def model_of(structure_type: StructureType) -> type[Element]:
    """Return the model of the structure type."""
    return MODELS[structure_type]


def assemble(
    structure_type: StructureType, overview: JsonObject, parts: Sequence[JsonObject], language: str
) -> JsonObject:
    """Return the whole structure from its overview and written parts; the counts in it are counted, not believed."""
    written: JsonObject = {OVERVIEWS[structure_type]: overview, LISTS[structure_type]: list(parts)}
    return framed(structure_type, written, language)


def framed(structure_type: StructureType, structure: JsonObject, language: str) -> JsonObject:
    """Return the structure with its version and language in front and with all counts and numbers in it counted.

    What is not of the expected kind is left as it is.
    """
    counted = _COUNTED.get(structure_type, dict)(structure)
    return {"schemaVersion": "1", "language": language} | {
        key: value for key, value in counted.items() if key not in ("schemaVersion", "language")
    }


def element_paths(structure_type: StructureType) -> tuple[str, ...]:
    """Return the paths, as ``at`` takes them, of all elements of a type that may say where they come from."""
    return (*_PARTS[structure_type], *_MORE_PARTS[structure_type])


def filled(structure_type: StructureType, structure: Json) -> tuple[int, int]:
    """Return how many required fields are filled and how many there are; an element that is absent is one field."""
    have = wanted = 0
    for path, model in _PARTS[structure_type].items():
        found, needed = _filled_at(structure, path, model)
        have, wanted = have + found, wanted + (needed or 1)
    for path, model in _MORE_PARTS[structure_type].items():
        found, needed = _filled_at(structure, path, model)
        have, wanted = have + found, wanted + needed
    return have, wanted


def _filled_at(structure: Json, path: str, model: type[Element]) -> tuple[int, int]:
    elements = list(at(structure, path))
    required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    return sum(_is_filled(element, key) for _, element in elements for key in required), len(required) * len(elements)


def _size(structure_type: StructureType, structure: Json) -> int:
    lists = (path.removesuffix("[]") for path in element_paths(structure_type) if path.endswith("[]"))
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


def _counted_quiz(structure: JsonObject) -> JsonObject:
    total = sum(1 for _ in at(structure, "categories[].questions[]"))
    return _with_overview(structure, "quizOverview", {"totalQuestions": total})


def _counted_novel(structure: JsonObject) -> JsonObject:
    acts = structure.get("acts")
    if not isinstance(acts, list):
        return structure
    numbers = count(1)
    numbered: list[Json] = [_numbered_act(act, index, numbers) for index, act in enumerate(acts, 1)]
    targets = [words for _, words in at({"acts": numbered}, "acts[].chapters[].targetWords")]
    total = sum(words for words in targets if isinstance(words, int) and not isinstance(words, bool))
    return _with_overview({**structure, "acts": numbered}, "novelOverview", {"targetWords": total} if total else {})


def _numbered_act(act: Json, number: int, numbers: Iterator[int]) -> Json:
    if not isinstance(act, dict):
        return act
    chapters = act.get("chapters")
    if isinstance(chapters, list):
        rows: list[Json] = [
            {**chapter, "chapterNumber": next(numbers)} if isinstance(chapter, dict) else chapter
            for chapter in chapters
        ]
        act = {**act, "chapters": rows}
    return {**act, "actNumber": number}


def _with_overview(structure: JsonObject, key: str, counts: JsonObject) -> JsonObject:
    overview = structure.get(key)
    return {**structure, key: {**overview, **counts}} if isinstance(overview, dict) else structure


_COUNTED: Mapping[StructureType, Callable[[JsonObject], JsonObject]] = {
    StructureType.QUIZ: _counted_quiz,
    StructureType.NOVEL: _counted_novel,
}

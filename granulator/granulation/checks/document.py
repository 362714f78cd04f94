"""A structure as the checks read it: groups, leaves, questions and passages, found also where the shape is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from granulator.granulation.plan import Sizes
from granulator.granulation.structures import at
from granulator.granulation.wording import content_words, words
from granulator.model import Json, StructureType, Template

Role = Literal[
    "title", "description", "body", "point", "objective", "stem", "option", "explanation", "example", "exercise"
]


@dataclass(frozen=True, slots=True)
class Passage:
    """One text an author wrote. ``is_source`` says that its element claims to be taken from a source."""

    path: str
    role: Role
    text: str
    is_source: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question; ``keys`` are the indexes of correct options that exist, ``answers`` the texts that are correct."""

    path: str
    id: str
    type: str
    stem: str
    options: tuple[str, ...]
    keys: tuple[int, ...]
    answers: tuple[str, ...]
    explanation: str
    difficulty: str
    objective_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A lesson or a question, with its place: ``2.1`` is the first leaf of the second group.

    ``length`` and ``meaning`` are the number of words and the content words of a lesson's body.
    """

    path: str
    place: str
    id: str
    title: str
    body: str
    points: tuple[str, ...] = ()
    objective_ids: tuple[str, ...] = ()
    is_source: bool = False
    text: str = ""
    length: int = 0
    meaning: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A module or a category."""

    path: str
    place: str
    id: str
    title: str
    description: str
    leaves: tuple[Leaf, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the checks look at; ``ids`` are all ids with their paths, in document order."""

    structure_type: StructureType
    structure: Json
    language: str
    title: str
    groups: tuple[Group, ...]
    passages: tuple[Passage, ...]
    ids: tuple[tuple[str, str], ...]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(leaf for group in self.groups for leaf in group.leaves)

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for group in self.groups for question in group.questions)


@dataclass(frozen=True, slots=True)
class RequiredElement:
    """Something the result must name: in at least so many leaves, and in each of the places listed."""

    name: str
    type: str | None = None
    min_appearances: int = 1
    placement: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was asked for, as far as it is known. ``sources`` maps a document's name to its normalised text."""

    template: Template | None = None
    sizes: Sizes | None = None
    granularity_level: int | None = None
    required_elements: Sequence[RequiredElement] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    topic: str | None = None


def read(structure_type: StructureType, structure: Json, language: str) -> Document:
    """Return what can be read of the structure; what is missing or of the wrong kind is left out."""
    is_course = structure_type is StructureType.COURSE
    overview = next((value for _, value in at(structure, "courseOverview" if is_course else "quizOverview")), None)
    declared = _text(structure, "language")
    return Document(
        structure_type=structure_type,
        structure=structure,
        language=declared or language,
        title=_text(overview, "title"),
        groups=tuple(_modules(structure) if is_course else _categories(structure)),
        passages=tuple(_course_passages(structure) if is_course else _quiz_passages(structure)),
        ids=tuple(_ids(structure, _COURSE_IDS if is_course else _QUIZ_IDS)),
    )


_COURSE_IDS = (
    "modules[]",
    "modules[].objectives[]",
    "modules[].lessons[]",
    "modules[].assessment.questions[]",
)
_QUIZ_IDS = ("categories[]", "categories[].questions[]")

_COURSE_TEXTS: tuple[tuple[str, Role, str], ...] = (
    ("courseOverview", "title", "title"),
    ("courseOverview", "description", "description"),
    ("courseOverview", "objective", "learningOutcomes[]"),
    ("modules[]", "title", "title"),
    ("modules[]", "description", "description"),
    ("modules[]", "objective", "learningObjectives[]"),
    ("modules[].lessons[]", "title", "title"),
    ("modules[].lessons[]", "body", "content"),
    ("modules[].lessons[]", "point", "keyPoints[]"),
    ("modules[].lessons[]", "example", "examples[]"),
    ("modules[].lessons[]", "exercise", "practicalExercises[]"),
)
_QUIZ_TEXTS: tuple[tuple[str, Role, str], ...] = (
    ("quizOverview", "title", "title"),
    ("quizOverview", "description", "description"),
    ("categories[]", "title", "name"),
)
_QUESTION_TEXTS: tuple[tuple[Role, str], ...] = (
    ("stem", "question"),
    ("option", "options[]"),
    ("explanation", "explanation"),
)


def _course_passages(structure: Json) -> Iterator[Passage]:
    yield from _passages(structure, _COURSE_TEXTS)
    yield from _question_passages(structure, "modules[].assessment.questions[]")


def _quiz_passages(structure: Json) -> Iterator[Passage]:
    yield from _passages(structure, _QUIZ_TEXTS)
    yield from _question_passages(structure, "categories[].questions[]")


def _question_passages(structure: Json, path: str) -> Iterator[Passage]:
    return _passages(structure, [(path, role, key) for role, key in _QUESTION_TEXTS])


def _passages(structure: Json, texts: Sequence[tuple[str, Role, str]]) -> Iterator[Passage]:
    for parent_path, role, key in texts:
        for path, parent in at(structure, parent_path):
            is_source = _is_source(parent)
            for inner, value in at(parent, key):
                if isinstance(value, str):
                    yield Passage(f"{path}.{inner}", role, value, is_source)


def _ids(structure: Json, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for found, element in at(structure, path):
            if identity := _text(element, "id"):
                yield identity, f"{found}.id"


def _modules(structure: Json) -> Iterator[Group]:
    for index, (path, module) in enumerate(at(structure, "modules[]"), start=1):
        yield Group(
            path=path,
            place=str(index),
            id=_text(module, "id"),
            title=_text(module, "title"),
            description=_text(module, "description"),
            leaves=tuple(
                _lesson(f"{path}.{inner}", f"{index}.{number}", lesson)
                for number, (inner, lesson) in enumerate(at(module, "lessons[]"), start=1)
            ),
            questions=tuple(
                _question(f"{path}.{inner}", question) for inner, question in at(module, "assessment.questions[]")
            ),
        )


def _categories(structure: Json) -> Iterator[Group]:
    for index, (path, category) in enumerate(at(structure, "categories[]"), start=1):
        questions = tuple(_question(f"{path}.{inner}", entry) for inner, entry in at(category, "questions[]"))
        yield Group(
            path=path,
            place=str(index),
            id=_text(category, "id"),
            title=_text(category, "name"),
            description="",
            leaves=tuple(_as_leaf(question, f"{index}.{n}") for n, question in enumerate(questions, start=1)),
            questions=questions,
        )


def _lesson(path: str, place: str, lesson: Json) -> Leaf:
    title, body, points = _text(lesson, "title"), _text(lesson, "content"), _texts(lesson, "keyPoints")
    more = (*_texts(lesson, "examples"), *_texts(lesson, "practicalExercises"))
    return Leaf(
        path=path,
        place=place,
        id=_text(lesson, "id"),
        title=title,
        body=body,
        points=points,
        objective_ids=_texts(lesson, "objectiveIds"),
        is_source=_is_source(lesson),
        text="\n".join((title, body, *points, *more)),
        length=words(body),
        meaning=frozenset(content_words(body)),
    )


def _as_leaf(question: Question, place: str) -> Leaf:
    text = "\n".join((question.stem, *question.options, question.explanation))
    return Leaf(question.path, place, question.id, question.stem, question.stem, (), question.objective_ids, text=text)


def _question(path: str, question: Json) -> Question:
    options = _texts(question, "options")
    keys = tuple(_keys(question, len(options)))
    accepted = _texts(question, "correctAnswer") if _text(question, "type") == "short_answer" else ()
    return Question(
        path=path,
        id=_text(question, "id"),
        type=_text(question, "type"),
        stem=_text(question, "question"),
        options=options,
        keys=keys,
        answers=accepted or tuple(options[key] for key in keys),
        explanation=_text(question, "explanation"),
        difficulty=_text(question, "difficulty"),
        objective_ids=_texts(question, "objectiveIds"),
    )


def _keys(question: Json, options: int) -> Iterator[int]:
    answer = question.get("correctAnswer") if isinstance(question, dict) else None
    for key in answer if isinstance(answer, list) else [answer]:
        if isinstance(key, int | float) and not isinstance(key, bool) and key in range(options):
            yield int(key)


def _is_source(element: Json) -> bool:
    provenance = element.get("provenance") if isinstance(element, dict) else None
    return isinstance(provenance, dict) and provenance.get("kind") == "source"


def _text(element: Json, key: str) -> str:
    value = element.get(key) if isinstance(element, dict) else None
    return value if isinstance(value, str) else ""


def _texts(element: Json, key: str) -> tuple[str, ...]:
    value = element.get(key) if isinstance(element, dict) else None
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()

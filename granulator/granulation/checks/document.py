"""A structure as the checks see it: groups, leaves, questions and passages; how they are found is ``reading``'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from granulator.granulation.plan import Sizes
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
    """A question; ``keys`` are the indexes of correct options that exist, ``answers`` the texts that are correct.

    ``pairs`` are the two sides of what is to be matched, ``value`` a measure and its tolerance.
    """

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
    pairs: tuple[tuple[str, str], ...] = ()
    value: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A lesson, question, scene, step, concept or milestone; a chapter where it has no scenes.

    ``place`` says where it stands: ``2.1`` is the first leaf of the second group. ``text`` is all that is written in
    it, with the names of what it refers to by id. ``length`` and ``meaning`` are the number of words and the content
    words of ``body``, which stands under ``body_key``; ``span`` is the document, start and end it claims to rest on.
    ``told`` is the prose of it, ``refers`` are the ids it refers to, and ``aspects`` are what it names, each with the
    type of required element that it may be: character, thread, location, role or tool.
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
    body_key: str = "content"
    span: tuple[str, int, int] | None = None
    told: str = ""
    refers: frozenset[str] = frozenset()
    aspects: tuple[tuple[str, str], ...] = ()

    @property
    def body_path(self) -> str:
        return f"{self.path}.{self.body_key}"


@dataclass(frozen=True, slots=True)
class Group:
    """A module, category, act or chapter; the whole of a structure that has no such groups.

    ``leaves`` are all leaves in it, also those inside its ``inner`` groups, the chapters of an act.
    """

    path: str
    place: str
    id: str
    title: str
    description: str
    leaves: tuple[Leaf, ...]
    questions: tuple[Question, ...] = ()
    inner: tuple[Group, ...] = ()
    description_key: str = "description"


@dataclass(frozen=True, slots=True)
class Document:
    """Everything the checks look at.

    ``bodies`` are the texts that are held against one another: lessons, chapter summaries, descriptions of steps,
    definitions. ``ids`` are all ids with their paths, level by level.
    """

    structure_type: StructureType
    structure: Json
    language: str
    title: str
    groups: tuple[Group, ...]
    bodies: tuple[Leaf, ...]
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

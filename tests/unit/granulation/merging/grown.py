"""Structures of any size to be made smaller: sound, and with a text of its own in every field."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import strategies as st

from granulator.granulation import structures
from granulator.model import StructureType
from tests.unit.granulation.samples import COURSE, KNOWLEDGE_MAP, LEARNING_PATH, NOVEL, QUIZ, WORKFLOW


def sized(kind: StructureType) -> st.SearchStrategy[Any]:
    """A structure of the type that its default template allows, up to about eighty elements."""
    return _STRATEGIES[kind]()


class _Texts:
    """Texts that are told apart by a number."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self, noun: str = "Text") -> str:
        return f"{noun} number {next(self._numbers)} stands on its own."

    def name(self, noun: str) -> str:
        return f"{noun} n{next(self._numbers)}"


MODEL = {"kind": "model"}


@st.composite
def _course(draw: st.DrawFn) -> Any:
    text = _Texts()
    modules = []
    for module in range(1, draw(st.integers(2, 5)) + 1):
        goals = [{"id": f"goal_{module}_{n}", "text": text(), "bloom": "apply"} for n in range(draw(st.integers(0, 2)))]
        lessons = [
            _lesson(draw, text, f"lesson_{module}_{n}", [goal["id"] for goal in goals])
            for n in range(1, draw(st.integers(2, 5)) + 1)
        ]
        modules.append(
            {
                "id": f"module_{module}",
                "title": text.name("Module"),
                "description": text(),
                "estimatedDuration": draw(st.sampled_from(["90 minutes", "2 hours", "1 week"])),
                "learningObjectives": [text("Goal")],
                **({"objectives": goals} if goals else {}),
                "lessons": lessons,
                "assessment": {
                    "questions": [_question(text, f"q_{module}_1")],
                    "passingScore": 60,
                    "provenance": MODEL,
                },
                "provenance": MODEL,
            }
        )
    overview = {
        "title": text(),
        "description": text(),
        "duration": "5 weeks",
        "prerequisites": [],
        "learningOutcomes": [text()],
    }
    return _framed(COURSE, {"courseOverview": {**overview, "provenance": MODEL}, "modules": modules})


def _lesson(draw: st.DrawFn, text: _Texts, identity: str, goals: list[str]) -> Any:
    return {
        "id": identity,
        "title": text.name("Lesson"),
        "content": f"{text()} {text()}",
        "keyPoints": [text(), text()],
        "examples": [f"value = {text()}"],
        "practicalExercises": [text.name("Try") for _ in range(draw(st.integers(0, 3)))],
        **({"objectiveIds": goals} if goals else {}),
        "provenance": draw(
            st.sampled_from([MODEL, {"kind": "source", "span": {"doc": "source", "start": 5, "end": 9}}])
        ),
    }


def _question(text: _Texts, identity: str, difficulty: str = "easy") -> Any:
    return {
        "id": identity,
        "type": "multiple_choice",
        "question": text("Question"),
        "options": [text.name("Option") for _ in range(4)],
        "correctAnswer": 1,
        "explanation": text(),
        "difficulty": difficulty,
        "provenance": MODEL,
    }


@st.composite
def _quiz(draw: st.DrawFn) -> Any:
    text, numbers = _Texts(), count(1)
    levels = st.sampled_from(["easy", "medium", "hard"])
    categories = [
        {
            "name": text.name("Category"),
            "questions": [_question(text, f"q_{next(numbers)}", draw(levels)) for _ in range(draw(st.integers(2, 7)))],
            "provenance": MODEL,
        }
        for _ in range(draw(st.integers(2, 5)))
    ]
    overview = {
        "title": text(),
        "description": text(),
        "totalQuestions": 0,
        "timeLimit": "40 minutes",
        "passingScore": 70,
    }
    return _framed(QUIZ, {"quizOverview": {**overview, "provenance": MODEL}, "categories": categories})


@st.composite
def _novel(draw: st.DrawFn) -> Any:
    text, numbers = _Texts(), count(1)
    scenes = draw(st.integers(0, 3))
    acts = [
        {
            "id": f"act_{act}",
            "actNumber": act,
            "purpose": text(),
            "chapters": [_chapter(draw, text, next(numbers), scenes) for _ in range(draw(st.integers(2, 5)))],
            "provenance": MODEL,
        }
        for act in (1, 2, 3)
    ]
    chapters = [chapter for act in acts for chapter in act["chapters"]]  # type: ignore[attr-defined]
    leaves = [leaf["id"] for chapter in chapters for leaf in chapter["scenes"] or [chapter]]
    threads = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        setup = draw(st.integers(0, len(leaves) - 2))
        payoff = draw(st.integers(setup + 1, len(leaves) - 1))
        threads.append(
            {
                "id": f"thread_{number}",
                "name": text.name("Thread"),
                "type": "main" if number == 1 else "subplot",
                "setupScene": leaves[setup],
                "payoffScene": leaves[payoff],
                "provenance": MODEL,
            }
        )
    cast = [_character(text, f"char_{n}", role) for n, role in enumerate(("protagonist", "antagonist"), 1)]
    keys = ("title", "logline", "genre", "pov", "tense", "setting")
    overview = {**{key: text() for key in keys}, "themes": [text()], "targetWords": 1, "provenance": MODEL}
    return _framed(NOVEL, {"novelOverview": overview, "characters": cast, "plotThreads": threads, "acts": acts})


def _character(text: _Texts, identity: str, role: str) -> Any:
    told = {key: text() for key in ("want", "need", "flaw")}
    arc = {**{key: text() for key in ("start", "turn", "end")}, "provenance": MODEL}
    return {"id": identity, "name": text.name("Name"), "role": role, **told, "arc": arc, "provenance": MODEL}


def _chapter(draw: st.DrawFn, text: _Texts, number: int, scenes: int) -> Any:
    told = [
        {
            "id": f"scene_{number}_{place}",
            **{key: text() for key in ("goal", "conflict", "outcome")},
            "characterIds": ["char_1"],
            "threadIds": ["thread_1"],
            "location": text.name("Place"),
            **({"beat": "midpoint"} if draw(st.booleans()) else {}),
            "provenance": MODEL,
        }
        for place in range(1, scenes + 1)
    ]
    return {
        "id": f"chapter_{number}",
        "chapterNumber": number,
        "title": text.name("Chapter"),
        "summary": f"{text()} {text()}",
        "pov": draw(st.sampled_from(["char_1", "char_2"])),
        "targetWords": draw(st.integers(1, 9000)),
        "scenes": told,
        "provenance": MODEL,
    }


@st.composite
def _workflow(draw: st.DrawFn) -> Any:
    text = _Texts()
    size = draw(st.integers(5, 20))
    steps = [_step(draw, text, number, size) for number in range(1, size + 1)]
    overview = {key: text() for key in ("name", "description", "purpose")}
    phases = [
        {
            "id": "phase_1",
            "name": text.name("Phase"),
            "stepIds": [step["id"] for step in steps[: size // 2]],
            "provenance": MODEL,
        },
        {
            "id": "phase_2",
            "name": text.name("Phase"),
            "stepIds": [step["id"] for step in steps[size // 2 :]],
            "provenance": MODEL,
        },
    ]
    whole = {"workflowOverview": {**overview, "stakeholders": ["Clerk", "Smith"], "provenance": MODEL}, "steps": steps}
    return _framed(WORKFLOW, {**whole, "phases": phases} if draw(st.booleans()) else whole)


def _step(draw: st.DrawFn, text: _Texts, number: int, size: int) -> Any:
    following = [] if number == size else [f"step_{number + 1}"]
    kind: str | None = draw(st.sampled_from([None, "task", "task", "decision", "parallel"]))
    conditions: list[Any] = []
    if not 1 < number < size - 1 and kind in ("decision", "parallel"):
        kind = None
    if kind == "decision":
        following.append(f"step_{draw(st.sampled_from([number - 1, number + 2]))}")
        conditions = [{"expression": text(), "label": text.name("Branch"), "next": name} for name in following]
    if kind == "parallel":
        following.append(f"step_{number + 2}")
    return {
        "id": f"step_{number}",
        "name": text.name("Step"),
        "description": text(),
        "responsible": draw(st.sampled_from(["Clerk", "Smith"])),
        "inputs": [text.name("Form")],
        "outputs": [text.name("Note")],
        "tools": [],
        "nextSteps": following,
        "conditions": conditions,
        **({"type": kind} if kind else {}),
        "provenance": MODEL,
    }


@st.composite
def _knowledge_map(draw: st.DrawFn) -> Any:
    text = _Texts()
    size = draw(st.integers(6, 24))
    levels, relations = [1], []
    for number in range(2, size + 1):
        parent = draw(st.sampled_from([place for place, level in enumerate(levels, 1) if level < 4]))
        levels.append(levels[parent - 1] + 1)
        kind = draw(st.sampled_from(["broader", "broader", "partOf"]))
        relations.append(
            {"source": f"concept_{number}", "target": f"concept_{parent}", "type": kind, "provenance": MODEL}
        )
    for _ in range(draw(st.integers(0, size))):
        # From a later concept to an earlier one, so that nothing rests on itself.
        source = draw(st.integers(2, size))
        ends = {"source": f"concept_{source}", "target": f"concept_{draw(st.integers(1, source - 1))}"}
        kind = draw(st.sampled_from(["prerequisite", "appliesTo", "related", "contrasts"]))
        relations.append({**ends, "type": kind, "label": text.name("Link"), "provenance": MODEL})
    distinct = {(one["source"], one["target"], one["type"]): one for one in reversed(relations)}
    concepts = [
        {
            "id": f"concept_{number}",
            "label": text.name("Concept"),
            "altLabels": [text.name("Also")],
            "definition": text(),
            "level": level,
            "examples": [text()],
            "provenance": MODEL,
        }
        for number, level in enumerate(levels, 1)
    ]
    overview = {"title": text(), "description": text(), "rootId": "concept_1", "provenance": MODEL}
    return _framed(KNOWLEDGE_MAP, {"mapOverview": overview, "concepts": concepts, "relations": list(distinct.values())})


@st.composite
def _learning_path(draw: st.DrawFn) -> Any:
    text = _Texts()
    size = draw(st.integers(3, 10))
    milestones = []
    for number in range(1, size + 1):
        activities = [
            {
                "type": "practice",
                "description": text(),
                "hours": draw(st.sampled_from([1, 0.1, 2.5])),
                "provenance": MODEL,
            }
            for _ in range(draw(st.integers(1, 4)))
        ]
        before = draw(st.sets(st.integers(1, number - 1), max_size=2)) if number > 1 else set()
        milestones.append(
            {
                "id": f"milestone_{number}",
                "title": text.name("Milestone"),
                "requires": [f"milestone_{other}" for other in sorted(before)],
                "developsCompetencies": [f"competency_{1 + number % 3}"],
                "activities": activities,
                "assessment": {"type": "test", "criterion": text(), "provenance": MODEL},
                **({"project": text()} if draw(st.booleans()) else {}),
                "hours": 12,
                "optional": draw(st.booleans()),
                "provenance": MODEL,
            }
        )
    goals = [{"id": f"competency_{n}", "label": text.name("Can"), "level": 2, "provenance": MODEL} for n in (1, 2, 3)]
    overview = {"title": text(), "description": text(), "targetRole": text(), "totalHours": 12 * size}
    return _framed(
        LEARNING_PATH,
        {
            "pathOverview": {**overview, "entryLevel": 1, "exitLevel": 3, "provenance": MODEL},
            "competencies": goals,
            "milestones": draw(st.permutations(milestones)),
        },
    )


def _framed(kind: StructureType, structure: Any) -> Any:
    return structures.framed(kind, structure, "en")


_STRATEGIES = {
    COURSE: _course,
    QUIZ: _quiz,
    NOVEL: _novel,
    WORKFLOW: _workflow,
    KNOWLEDGE_MAP: _knowledge_map,
    LEARNING_PATH: _learning_path,
}

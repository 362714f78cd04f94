"""Good answers of a model, written by hand: a small whole answer for each type, and ways to cut it up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.base import Planned, Wanted
from granulator.granulation.drafts.fields import objects
from granulator.granulation.plan import Sizes
from granulator.model import StructureType

COURSE, QUIZ, NOVEL = StructureType.COURSE, StructureType.QUIZ, StructureType.NOVEL
WORKFLOW, MAP, PATH = StructureType.WORKFLOW, StructureType.KNOWLEDGE_MAP, StructureType.LEARNING_PATH
TYPES = (COURSE, QUIZ, NOVEL, WORKFLOW, MAP, PATH)


def wanted(structure_type: StructureType, **changes: Any) -> Wanted:
    """What the whole answers were written for."""
    sizes = {
        COURSE: Sizes(2, 4, 4),
        QUIZ: Sizes(2, 5),
        NOVEL: Sizes(3, 4, 5),
        WORKFLOW: Sizes(1, 6, 1),
        MAP: Sizes(1, 5, 3),
        PATH: Sizes(3, 5),
    }[structure_type]
    return Wanted(**{"structure_type": structure_type, "level": 1, "sizes": sizes, "language": "en"} | changes)


def choice(stem: str, options: list[str], key: int, reason: str, difficulty: str = "easy") -> dict[str, Any]:
    return {
        "type": "multiple_choice",
        "question": stem,
        "options": options,
        "explanation": reason,
        "correctAnswer": key,
        "difficulty": difficulty,
    }


def true_false(stem: str, key: int, reason: str, difficulty: str = "easy") -> dict[str, Any]:
    return {
        "type": "true_false",
        "question": stem,
        "explanation": reason,
        "correctAnswer": key,
        "difficulty": difficulty,
    }


BRINE = choice(
    "Which share of salt keeps cabbage safe while it ferments?",
    ["Two percent of its weight", "A tenth of a percent", "A quarter of its weight", "None at all"],
    0,
    "Two percent of its weight holds back rot and lets the lactic bacteria work.",
)
AIR = true_false("Cabbage must stay below its brine.", 0, "Mould needs air, and there is none below the brine.")
WARMTH = {
    "type": "multiple_response",
    "question": "Which two of these speed up fermentation?",
    "options": ["A warmer room", "Finer shreds", "A colder cellar", "More salt"],
    "explanation": "A warmer room and finer shreds both give bacteria more to work with.",
    "correctAnswer": [0, 1],
    "difficulty": "hard",
}
ACID = {
    "type": "short_answer",
    "question": "Which acid makes sauerkraut sour?",
    "explanation": "The bacteria turn sugar into lactic acid.",
    "correctAnswer": ["lactic acid", "lactic"],
    "difficulty": "medium",
}
CELLAR = choice(
    "Where does a finished jar keep best?",
    ["On the window sill", "In a cool cellar", "Beside the oven"],
    1,
    "A cool cellar slows the bacteria down.",
    "medium",
)


def lesson(title: str, content: str, points: list[str]) -> dict[str, Any]:
    return {
        "title": title,
        "content": content,
        "keyPoints": points,
        "examples": [],
        "practicalExercises": [f"Write down what {title.lower()} changes in your own kitchen."],
        "cites": ["p1"],
    }


def course() -> Any:
    return {
        "courseOverview": {
            "title": "Sauerkraut at home",
            "description": "From a head of cabbage to a jar that keeps.",
            "duration": "3 hours",
            "prerequisites": [],
            "learningOutcomes": ["Make a jar of sauerkraut that keeps for half a year"],
        },
        "modules": [
            {
                "title": "Before the jar is closed",
                "description": "What to buy and how to cut it.",
                "estimatedDuration": "90 minutes",
                "learningObjectives": ["What only Choosing cabbage tells", "What only Salting tells"],
                "lessons": [
                    lesson("Choosing cabbage", "A firm white head gives the most juice.", ["Firm", "White"]),
                    lesson("Salting", "Two grams of salt go to every hundred grams of cabbage.", ["Weigh", "Knead"]),
                ],
                "assessment": {"questions": [BRINE, AIR]},
            },
            {
                "title": "While it works",
                "description": "What happens in the jar, week by week.",
                "estimatedDuration": "90 minutes",
                "learningObjectives": ["What only Watching the bubbles tells", "What only Keeping the jar tells"],
                "lessons": [
                    lesson("Watching the bubbles", "Bubbles show that the bacteria are at work.", ["Bubbles", "Smell"]),
                    lesson("Keeping the jar", "A cool and dark place slows everything down.", ["Cool", "Dark"]),
                ],
                "assessment": {"questions": [WARMTH, ACID]},
            },
        ],
    }


def quiz() -> Any:
    return {
        "quizOverview": {
            "title": "Do you know your kraut?",
            "description": "Five questions for the kitchen table.",
            "timeLimit": "8 minutes",
            "passingScore": 60,
        },
        "categories": [
            {"name": "Salt and air", "questions": [BRINE, AIR]},
            {"name": "Time and warmth", "questions": [WARMTH, ACID, CELLAR]},
        ],
    }


def scene(goal: str, people: list[str], threads: list[str], beat: str = "none") -> dict[str, Any]:
    return {
        "goal": goal,
        "conflict": "The keeper has locked every door.",
        "outcome": "It costs more than expected.",
        "characterIds": people,
        "threadIds": threads,
        "location": "The lighthouse",
        "beat": beat,
    }


def novel() -> Any:
    arc = {"start": "Trusts nobody", "turn": "Needs help", "end": "Asks for it"}
    return {
        "novelOverview": {
            "title": "The Lamp",
            "logline": "A lamp goes out, and one woman must find out who did it.",
            "genre": "mystery",
            "pov": "third person limited",
            "tense": "past",
            "setting": "An island in winter",
            "themes": ["trust"],
        },
        "characters": [
            {"id": "ada", "name": "Ada", "role": "protagonist", "want": "The truth", "need": "Friends", "flaw": "Pride"}
            | {"arc": arc},
            {"id": "bo", "name": "Bo", "role": "antagonist", "want": "Silence", "need": "Mercy", "flaw": "Fear"}
            | {"arc": arc},
        ],
        "plotThreads": [
            {"id": "lamp", "name": "Who put out the lamp", "type": "main", "setupChapter": 1, "payoffChapter": 4},
            {"id": "boat", "name": "The missing boat", "type": "subplot", "setupChapter": 2, "payoffChapter": 3},
        ],
        "acts": [
            {
                "title": "Dark",
                "purpose": "The lamp goes out",
                "chapters": [
                    {"title": "A night without light", "pov": "ada", "summary": "Ada sees the lamp die."}
                    | {"scenes": [scene("Ada wants to climb the tower", ["ada"], [], "catalyst")]}
                ],
            },
            {
                "title": "Fog",
                "purpose": "Everybody lies",
                "chapters": [
                    {"title": "The empty berth", "pov": "Ada", "summary": "The boat is gone."}
                    | {"scenes": [scene("Ada wants to ask Bo", ["ada", "bo"], ["boat"])]},
                    {"title": "Low water", "pov": "bo", "summary": "The boat is found."}
                    | {"scenes": [scene("Bo wants to sink it", ["Bo"], ["boat"])]},
                ],
            },
            {
                "title": "Light",
                "purpose": "The lamp burns again",
                "chapters": [
                    {"title": "The keeper speaks", "pov": "ada", "summary": "Bo confesses."}
                    | {
                        "scenes": [
                            scene("Ada wants him to talk", ["ada", "bo"], []),
                            scene("Bo wants to light the lamp", ["bo"], [], "finale"),
                        ]
                    }
                ],
            },
        ],
    }


def step(name: str, type_: str, who: str, following: list[str], **more: Any) -> dict[str, Any]:
    return {
        "id": f"s_{name.split()[0].lower()}",
        "name": name,
        "type": type_,
        "responsible": who,
        "nextSteps": following,
        "conditions": [],
        "description": f"{name}: done on the day the parcel comes, or the day after when the hall is full.",
        "inputs": ["parcel"],
        "outputs": [f"note of: {name}"],
        "tools": [],
    } | more


def workflow() -> Any:
    branches = [
        {"expression": "The seal is whole", "label": "whole", "next": "s_store"},
        {"expression": "The seal is broken", "label": "broken", "next": "s_photograph"},
    ]
    return {
        "workflowOverview": {
            "name": "Taking in a parcel",
            "description": "What happens from the ramp to the shelf.",
            "purpose": "No parcel is lost.",
            "stakeholders": ["Porter", "Clerk"],
        },
        "steps": [
            step("Accept parcel", "start", "Porter", ["s_check"]),
            step("Check seal", "decision", "clerk", ["s_store", "s_photograph"], conditions=branches),
            step("Photograph damage", "task", "Clerk", ["s_return"]),
            step("Return parcel", "task", "Driver", ["s_close"]),
            step("Store parcel", "task", "Porter", ["s_close"]),
            step("Close record", "end", "Clerk", []),
        ],
    }


def concept(own: str, label: str, broader: str, other: list[str]) -> dict[str, Any]:
    return {
        "id": own,
        "label": label,
        "broader": broader,
        "altLabels": other,
        "definition": f"What bakers call it when they speak of {own} matters.",
        "examples": [f"A case of {own}"],
    }


def knowledge_map() -> Any:
    return {
        "mapOverview": {"title": "Bread", "description": "What bread is made of and how."},
        "concepts": [
            concept("bread", "Bread", "", []),
            concept("dough", "Dough", "bread", ["paste"]),
            concept("flour", "Flour", "Dough", ["meal", "Paste"]),
            concept("yeast", "Yeast", "dough", []),
            concept("oven", "Oven", "bread", ["Flour"]),
        ],
        "relations": [
            {"source": "oven", "target": "dough", "type": "prerequisite"},
            {"source": "flour", "target": "yeast", "type": "related"},
        ],
    }


def milestone(own: str, title: str, requires: list[str], goals: list[str], hours: list[float]) -> dict[str, Any]:
    return {
        "id": own,
        "title": title,
        "requires": requires,
        "developsCompetencies": goals,
        "hours": sum(hours),
        "optional": False,
        "activities": [
            {"type": "practice", "description": f"Practise {title.lower()}, round {place}.", "hours": each}
            for place, each in enumerate(hours, 1)
        ],
        "assessment": {"type": "demonstration", "criterion": f"Shows {title.lower()} to the master."},
        "project": "",
    }


def learning_path() -> Any:
    return {
        "pathOverview": {
            "title": "To the bench",
            "description": "From the first cut to a chair of one's own.",
            "targetRole": "Joiner",
            "entryLevel": 1,
            "exitLevel": 3,
        },
        "competencies": [
            {"id": "c1", "label": "Saws to a line", "level": 1},
            {"id": "c2", "label": "Cuts a joint that holds", "level": 3},
        ],
        "milestones": [
            milestone("saw", "Sawing", [], ["c1"], [6.5]),
            milestone("joint", "Joints", ["saw"], ["c2"], [6.0, 4.0]),
            milestone("chair", "A chair", ["joint", "Sawing"], ["c1", "Cuts a joint that holds"], [20.0, 5.0])
            | {"project": "A chair that carries its maker"},
        ],
    }


WHOLE: dict[StructureType, Callable[[], Any]] = {
    COURSE: course,
    QUIZ: quiz,
    NOVEL: novel,
    WORKFLOW: workflow,
    MAP: knowledge_map,
    PATH: learning_path,
}
_CLOSING = ("assessment", "description", "estimatedDuration", "learningObjectives")
"""What of a module the plan does not say, or says of its lessons."""

_LEAVES = {
    COURSE: ("modules", "lessons", "objective", ("title",)),
    NOVEL: ("acts", "chapters", "event", ("title", "pov")),
    WORKFLOW: ("steps", None, None, ("id", "name", "type", "responsible", "nextSteps", "conditions")),
    MAP: ("concepts", None, None, ("id", "label", "broader")),
    PATH: (
        "milestones", None, None,
        ("id", "title", "requires", "developsCompetencies", "hours", "optional"),
    ),
}  # fmt: skip


def outline(structure_type: StructureType) -> Any:
    """The outline that the whole answer carries out."""
    answer = WHOLE[structure_type]()
    answer.pop("relations", None)
    if structure_type is QUIZ:
        for category in answer["categories"]:
            asked = category.pop("questions")
            category["items"] = [{"fact": one["question"], "difficulty": one["difficulty"]} for one in asked]
        return answer
    groups, leaves, said, kept = _LEAVES[structure_type]
    if leaves is None:
        answer[groups] = [{key: one[key] for key in kept} for one in answer[groups]]
        return answer
    for group in answer[groups]:
        for key in _CLOSING:
            group.pop(key, None)
        group[leaves] = [
            {key: one[key] for key in kept} | {said: f"What only {one['title']} tells"} for one in group[leaves]
        ]
    return answer


def part_answer(structure_type: StructureType, part: Any, planned: Planned) -> Any:
    """What the whole answer says of the leaves of a part, under the ids planned."""
    answer = WHOLE[structure_type]()
    ids = [leaf["id"] for leaf in part["leaves"]]
    every = [leaf["id"] for group in planned.groups for leaf in objects(group, "leaves")]
    if structure_type is QUIZ:
        asked = [one for category in answer["categories"] for one in category["questions"]]
        return {"questions": [_under(one, own_id) for own_id, one in zip(every, asked, strict=True) if own_id in ids]}
    groups, leaves, _, kept = _LEAVES[structure_type]
    found = [one for group in answer[groups] for one in group[leaves]] if leaves else answer[groups]
    written = [
        _under({key: value for key, value in one.items() if key not in kept}, own_id)
        for own_id, one in zip(every, found, strict=True)
        if own_id in ids
    ]
    said: Any = {leaves or groups: written}
    if structure_type is COURSE and part["isLast"]:
        module = answer["modules"][part["group"]]
        said["questions"] = module["assessment"]["questions"]
        said |= {key: module[key] for key in ("description", "estimatedDuration")}
    if structure_type is NOVEL:
        _rename(said["chapters"], {"ada": "char_1", "bo": "char_2", "boat": "thread_2"})
    if structure_type is MAP:
        said["relations"] = [one for one in answer["relations"] if f"concept_{_position(answer, one['source'])}" in ids]
    return said


def _under(element: Any, own_id: str) -> Any:
    return {"id": own_id} | {key: value for key, value in element.items() if key not in ("id", "difficulty")}


def _position(answer: Any, source: str) -> int:
    return [one["id"] for one in answer["concepts"]].index(source) + 1


def _rename(chapters: Any, names: dict[str, str]) -> None:
    """Put the planned ids in place of those the whole answer made up."""
    scenes = [one for chapter in chapters for one in chapter["scenes"]]
    for one, key in product(scenes, ("characterIds", "threadIds")):
        one[key] = [names.get(name, name) for name in one[key]]


def planned(structure_type: StructureType) -> Planned:
    plan, faults = DRAFTS[structure_type].read_outline(outline(structure_type), wanted(structure_type))
    assert (faults, plan is not None) == ((), True)
    assert plan is not None
    return plan

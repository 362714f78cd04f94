"""Hand-written courses, quizzes and learning paths, from their notation to their structure; judges none."""

from __future__ import annotations

from granulator.dev.quality.clean import questions
from granulator.dev.quality.clean.lines import Block, names
from granulator.model import Json, JsonObject


def course(block: Block) -> JsonObject:
    """Return the course the block notes."""
    head = block.before("module")
    overview: JsonObject = {
        "title": block.head.value,
        "description": head.value("about"),
        "duration": head.value("lasts"),
        "prerequisites": head.names("needs"),
        "learningOutcomes": head.values("outcome"),
    }
    modules = [_module(module, number) for number, module in enumerate(block.blocks("module"), 1)]
    return {"schemaVersion": "1", "language": "en", "courseOverview": overview, "modules": modules}


def quiz(block: Block) -> JsonObject:
    """Return the quiz the block notes."""
    head = block.before("category")
    categories: list[JsonObject] = []
    count = 0
    for category in block.blocks("category"):
        asked = category.blocks(*questions.TAGS)
        rows = [questions.question(row, f"q_{count + number}") for number, row in enumerate(asked, 1)]
        categories.append({"name": category.head.value, "questions": rows})
        count += len(rows)
    overview: JsonObject = {
        "title": block.head.value,
        "description": head.value("about"),
        "totalQuestions": count,
        "timeLimit": head.value("time"),
        "passingScore": int(head.value("pass")),
    }
    return {"schemaVersion": "1", "language": "en", "quizOverview": overview, "categories": categories}


def learning_path(block: Block) -> JsonObject:
    """Return the learning path the block notes; its hours are those of its milestones."""
    head = block.before("milestone")
    milestones = [_milestone(milestone) for milestone in block.blocks("milestone")]
    entry, leave = head.value("levels").split("|")
    overview: JsonObject = {
        "title": block.head.value,
        "description": head.value("about"),
        "targetRole": head.value("role"),
        "totalHours": sum(float(milestone.head.field(2)) for milestone in block.blocks("milestone")),
        "entryLevel": int(entry),
        "exitLevel": int(leave),
    }
    competencies: list[JsonObject] = [
        {"id": f"comp_{line.field(0)}", "label": line.field(1), "level": int(line.field(2))}
        for line in head.body
        if line.tag == "competency"
    ]
    return {
        "schemaVersion": "1",
        "language": "en",
        "pathOverview": overview,
        "competencies": competencies,
        "milestones": milestones,
    }


def _module(block: Block, number: int) -> JsonObject:
    head = block.before("lesson", *questions.TAGS)
    goals = [line for line in head.body if line.tag == "goal"]
    parts = block.blocks("lesson", *questions.TAGS)
    lessons = [part for part in parts if part.head.tag == "lesson"]
    asked = [part for part in parts if part.head.tag != "lesson"]
    module: JsonObject = {
        "id": f"module_{number}",
        "title": block.head.field(0),
        "description": head.value("about"),
        "estimatedDuration": block.head.field(1),
        "learningObjectives": [goal.value for goal in goals],
        "lessons": [_lesson(lesson, number, at) for at, lesson in enumerate(lessons, 1)],
        "assessment": {
            "questions": [
                questions.question(row, f"q_{number}_{at}", _objectives(row.head.note.split(",")[1:], number))
                for at, row in enumerate(asked, 1)
            ],
            "passingScore": 70,
        },
    }
    if any(goal.note for goal in goals):
        module["objectives"] = [
            {"id": f"obj_{number}_{at}", "text": goal.value, "bloom": goal.note} for at, goal in enumerate(goals, 1)
        ]
    return module


def _lesson(block: Block, module: int, number: int) -> JsonObject:
    lesson: JsonObject = {
        "id": f"lesson_{module}_{number}",
        "title": block.head.field(0),
        "content": block.value("text"),
        "keyPoints": block.values("point"),
        "examples": block.values("example"),
        "practicalExercises": block.values("exercise"),
    }
    taught = _objectives(block.head.field(1).split(","), module)
    return lesson | {"objectiveIds": list(taught)} if taught else lesson


def _objectives(numbers: list[str], module: int) -> list[str]:
    return [f"obj_{module}_{number.strip()}" for number in numbers if number.strip()]


def _milestone(block: Block) -> JsonObject:
    activities: list[Json] = [
        {"type": line.field(0), "hours": float(line.field(1)), "description": line.field(2)}
        for line in block.body
        if line.tag == "do"
    ]
    kind, criterion = (field.strip() for field in block.value("assess").split("|"))
    milestone: JsonObject = {
        "id": f"milestone_{block.head.field(0)}",
        "title": block.head.field(1),
        "requires": [f"milestone_{name}" for name in names(block.value("requires"))],
        "developsCompetencies": [f"comp_{name}" for name in names(block.value("develops"))],
        "activities": activities,
        "assessment": {"type": kind, "criterion": criterion},
        "hours": float(block.head.field(2)),
        "optional": block.value("optional") == "yes",
    }
    project = block.value("project")
    return milestone | {"project": project} if project else milestone

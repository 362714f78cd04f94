"""The frame of a learning path on a bare topic: milestones that ask their author. Reads no source."""

from __future__ import annotations

from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.scaffolds import texts
from granulator.granulation.drafts.counts import dealt
from granulator.model import Json, JsonObject

MILESTONE_TITLES = (
    "What {topic} is for", "A first result with help", "A first result alone", "A whole piece of work",
    "Work that others check", "Harder work", "Work for real use", "Helping others with {topic}",
)  # fmt: skip
QUESTIONS = (
    "What can a person do in {topic} after this that they could not do before?",
    "Which material on {topic} is to be worked through, and why this one?",
    "What is made, done or decided here, and how is it checked?",
    "Who gives feedback, and how soon?",
    "What may be skipped by somebody with experience?",
    "Which mistakes in {topic} teach most here?",
)
ACTIVITY_HOURS = 2
LEVELS = 5
PROJECTS_FROM = 4
"""From this granularity level on every milestone asks for a project."""


def learning_path(brief: Brief) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the frame of a path to ``brief.topic`` in the planned sizes, whole; each milestone requires the last."""
    names = texts.course_of(brief, "milestoneTitles", MILESTONE_TITLES, brief.sizes.groups)
    frame: JsonObject = {
        "pathOverview": _overview(brief),
        "competencies": [_competency(number, name) for number, name in enumerate(names, 1)],
        "milestones": _milestones(brief, names),
    }
    return Outline(frame, (), texts.NOTICE, is_scaffold=True, plan="single"), ()


def _overview(brief: Brief) -> JsonObject:
    return {
        "title": brief.topic,
        "description": f"A frame for a learning path to {brief.topic}, to be filled by its author. Its hours and "
        "levels are placeholders.",
        "targetRole": f"Who should be able to do what in {brief.topic} at the end?",
        "totalHours": ACTIVITY_HOURS * brief.sizes.leaves,
        "entryLevel": 1,
        "exitLevel": min(LEVELS, brief.sizes.groups),
        "provenance": texts.provenance(),
    }


def _competency(number: int, milestone: str) -> JsonObject:
    return {
        "id": f"competency_{number}",
        "label": f"What is a person able to do after \u201c{milestone}\u201d?",
        "level": min(LEVELS, number),
        "provenance": texts.provenance(),
    }


def _milestones(brief: Brief, names: list[str]) -> list[Json]:
    activities = dealt(brief.sizes.leaves, brief.sizes.groups)
    reminders = texts.reminders(brief)
    return [
        _milestone(brief, number, name, activities[number - 1], reminders[number - 1])
        for number, name in enumerate(names, 1)
    ]


def _milestone(brief: Brief, number: int, name: str, activities: int, reminders: list[str]) -> JsonObject:
    element: JsonObject = {
        "id": f"milestone_{number}",
        "title": name,
        "requires": [f"milestone_{number - 1}"] if number > 1 else [],
        "developsCompetencies": [f"competency_{number}"],
        "activities": [_activity(brief, number, place, reminders) for place in range(activities)],
        "assessment": {
            "type": "To be chosen by the author",
            "criterion": f"How would somebody else see that \u201c{name}\u201d has been reached?",
            "provenance": texts.provenance(),
        },
        "hours": ACTIVITY_HOURS * activities,
        "optional": False,
        "provenance": texts.provenance(),
    }
    project: JsonObject = {"project": f"Which piece of work shows \u201c{name}\u201d as a whole?"}
    return element | project if brief.level >= PROJECTS_FROM else element


def _activity(brief: Brief, milestone: int, place: int, reminders: list[str]) -> JsonObject:
    questions = texts.asked(brief, "questions", QUESTIONS)
    told = [texts.turn(questions, (milestone - 1) * 5 + place), *(reminders if place == 0 else ())]
    return {
        "type": "Question to the author",
        "description": " ".join(told),
        "hours": ACTIVITY_HOURS,
        "provenance": texts.provenance(),
    }

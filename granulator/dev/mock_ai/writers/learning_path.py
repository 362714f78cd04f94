"""Learning paths: milestones that build on one another and develop every competency, whole, as an outline, or a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import number, string
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import title_case
from granulator.dev.mock_ai.writers.order import Order, mention, plan_text
from granulator.model import Json

HOURS_PER_ACTIVITY = 3
ACTIVITY_WORDS = r"(\d+) words in the description of an activity"


@dataclass(frozen=True, slots=True)
class _Milestone:
    """One milestone to write."""

    ident: str
    title: str
    plan: str
    activities: int
    hours: float
    names: Sequence[str]


def whole(order: Order) -> Draft:
    """Return a path; what only an outline or only a whole path has is all in it."""
    brief = order.brief
    total = max(1, brief.count("milestone", 4))
    activities = max(total, brief.total("milestone", "activity", brief.count("activity", 2 * total)))
    topics = order.terms(total)
    verbs = order.chance("verbs").sample(words.COMPETENCY_VERBS, len(words.COMPETENCY_VERBS))
    milestones: list[Draft] = []
    hours = 0
    for place, term in enumerate(topics):
        count = activities // total + (place < activities % total)
        hours += count * HOURS_PER_ACTIVITY
        title = title_case(f"{_doing(verbs[place % len(verbs)])} the {term}")
        names = order.required_at(place, total)
        plan = " ".join([term, *names])
        milestone = _Milestone(f"milestone_{place + 1}", title, plan, count, count * HOURS_PER_ACTIVITY, names)
        milestones.append({**_draft(order, milestone), **_node(order, place, total, count)})
    return {
        "pathOverview": _overview(order, total, hours),
        "competencies": [
            {
                "id": f"competency_{place + 1}",
                "label": f"{verbs[place % len(verbs)]} a {term} in {brief.topic}",
                "level": _level(place, total),
            }
            for place, term in enumerate(topics)
        ],
        "milestones": milestones,
    }


def part(order: Order) -> Draft:
    """Return the planned milestones under their ids."""
    return {"milestones": [_draft(order, _from_plan(order, leaf)) for leaf in order.brief.leaves]}


def _from_plan(order: Order, leaf: Mapping[str, Json]) -> _Milestone:
    plan, given, count = plan_text(leaf), leaf.get("hours"), number(leaf.get("activities"))
    hours = float(given) if isinstance(given, int | float) else HOURS_PER_ACTIVITY
    ident = string(leaf.get("id"))
    names = order.required_for(ident, plan)
    return _Milestone(ident, string(leaf.get("title")), plan, 2 if count is None else count, hours, names)


def _node(order: Order, place: int, total: int, activities: int) -> dict[str, Draft]:
    return {
        "requires": [f"milestone_{place}"] if place else [],
        "developsCompetencies": [f"competency_{place + 1}"],
        "hours": activities * HOURS_PER_ACTIVITY,
        "optional": False,
    }


def _draft(order: Order, milestone: _Milestone) -> dict[str, Draft]:
    voice = order.voice(f"milestone {milestone.ident}", milestone.plan)
    least = order.brief.length(ACTIVITY_WORDS, 15)
    each = int(milestone.hours / max(1, milestone.activities) * 100) / 100
    kinds = voice.chance.sample(words.ACTIVITY_KINDS, len(words.ACTIVITY_KINDS))
    described = voice.some(words.ACTIVITIES, milestone.activities)
    activities: list[Draft] = []
    for at, first in enumerate(described):
        told = [first]
        while sum(len(sentence.split()) for sentence in told) < least:
            told.append(voice.line(voice.one(words.EXERCISES if len(told) % 2 else words.SENTENCES)))
        activities.append({"type": kinds[at % len(kinds)], "description": " ".join(told), "hours": each})
    criterion = " ".join([voice.line(voice.one(words.CRITERIA)), *mention(milestone.names, voice)])
    return {
        "id": milestone.ident,
        "title": milestone.title,
        "activities": activities,
        "assessment": {"type": voice.one(words.ASSESSMENT_KINDS), "criterion": criterion},
        "project": voice.line(voice.one(words.PROJECTS)),
        "cites": order.label_for(len(milestone.title)),
    }


def _level(place: int, total: int) -> int:
    return 1 + 4 * place // max(1, total - 1) if total > 1 else 1


def _doing(verb: str) -> str:
    return {"Plan": "Planning", "Audit": "Auditing"}.get(verb, f"{verb.removesuffix('e')}ing")


def _overview(order: Order, total: int, hours: int) -> Draft:
    voice = order.voice("overview")
    return {
        "title": f"{order.heading}: From First Steps to Mastery",
        "description": " ".join([f"This path leads through {order.brief.topic}.", *voice.some(words.SENTENCES, 2)]),
        "targetRole": f"Specialist in {order.brief.topic}",
        "totalHours": hours,
        "entryLevel": 1,
        "exitLevel": _level(total - 1, total),
    }

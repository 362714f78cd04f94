"""Learning paths made smaller: activities of a milestone, then milestones that follow one another, are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from granulator.granulation.checks.graph import reachable
from granulator.granulation.drafts.fields import inner, objects, text, texts
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import hours, sentences, titles, together, union
from granulator.granulation.merging.narrowing import Cost, Frame, Group, Run, by_length, gathered, narrowed
from granulator.model import Json, JsonObject


def learning_path(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the path with neighbours joined; what required one of them requires what they became."""
    language = text(structure, "language")
    milestones = _in_order(objects(structure, "milestones"))
    requires = {text(one, "id"): texts(one, "requires") for one in milestones}
    least = bounds.least("Milestones", "milestones")
    frame = Frame(
        limit=bounds.limit,
        extras=lambda milestone: len(objects(milestone, "activities")),
        cost=lambda left, right: _cost(left, right, requires),
        leaves_least=least,
        leaves_least_in_all=least,
        extras_least=bounds.least("ActivitiesPerMilestone", "milestones[].activities"),
        extras_most=bounds.most("ActivitiesPerMilestone", "milestones[].activities"),
    )
    (group, counts), *_ = narrowed([Group([], [[one] for one in milestones])], frame)
    became = {text(one, "id"): text(run[0], "id") for run in group.runs for one in run}
    joined: list[Json] = [
        _milestone(run, count, became, language) for run, count in zip(group.runs, counts, strict=True)
    ]
    return {**structure, "milestones": joined}


def _in_order(milestones: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the milestones so that each stands after those it requires, otherwise as they were.

    Neighbours in such an order can always be joined without a circle. Milestones in a circle stay where they are.
    """
    waiting, told, known = list(milestones), set[str](), {text(one, "id") for one in milestones}
    ordered: list[JsonObject] = []
    while waiting:
        wanted = (known.intersection(texts(one, "requires")) for one in waiting)
        chosen = waiting.pop(next((place for place, names in enumerate(wanted) if names <= told), 0))
        told.add(text(chosen, "id"))
        ordered.append(chosen)
    return ordered


def _cost(left: Run, right: Run, requires: Mapping[str, Sequence[str]]) -> Cost:
    """Prefer what requires one another, then what is alike in being optional, then what is short."""
    ids = {text(one, "id") for one in left}
    follows = any(ids.intersection(reachable(requires, [text(one, "id")])) for one in right)
    is_alike = {one.get("optional") is True for one in left} == {one.get("optional") is True for one in right}
    return (not is_alike, not follows, *by_length(left, right))


def _milestone(run: Run, activities: int, became: Mapping[str, str], language: str) -> JsonObject:
    own = text(run[0], "id")
    wanted = dict.fromkeys(became.get(name, name) for one in run for name in texts(one, "requires"))
    done = [activity for one in run for activity in objects(one, "activities")]
    said: JsonObject = {
        "requires": [name for name in wanted if name != own],
        "activities": [_activity(together_) for together_ in gathered(done, activities, by_length)],
    }
    if len(run) == 1:
        return {**run[0], **said}
    assessments = [inner(one, "assessment") for one in run]
    project = sentences(text(one, "project") for one in run)
    said |= {
        "title": titles(run, "title", language),
        "developsCompetencies": union(run, "developsCompetencies"),
        "assessment": together(
            assessments,
            {
                "type": sentences(text(each, "type") for each in assessments),
                "criterion": sentences(text(each, "criterion") for each in assessments),
            },
        ),
        "hours": hours(run, "hours"),
        "optional": all(one.get("optional") is True for one in run),
    }
    return together(run, said | ({"project": project} if project else {}))


def _activity(run: Run) -> Json:
    if len(run) == 1:
        return run[0]
    return together(
        run,
        {
            "type": sentences(text(one, "type") for one in run),
            "description": sentences(text(one, "description") for one in run),
            "hours": hours(run, "hours"),
        },
    )

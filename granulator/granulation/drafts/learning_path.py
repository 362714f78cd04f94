"""A learning path as asked of a model: competencies and milestones planned first, then runs of milestones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool

from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, Sections, checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import dealt, off_size, over_limit, repeated
from granulator.granulation.drafts.fields import inner, number, objects, text, texts, without
from granulator.granulation.drafts.references import References, on_circles
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched, tokens, words_of
from granulator.granulation.plan import LEARNING_PATH_LEVELS
from granulator.granulation.structures.elements import LIST_MAX, Text
from granulator.granulation.structures.learning_path import Competency, Hours, Level, Milestone, PathOverview
from granulator.model import JsonObject

_PLAN = ("id", "title", "requires", "developsCompetencies")


def _or_empty(value: object) -> object:
    return "" if value is None else value


class OverviewAnswer(Asked):
    title: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]
    target_role: Text
    entry_level: Annotated[Level, Field(description="1 to 5: what is needed to begin.")]
    exit_level: Annotated[Level, Field(description="1 to 5, not below entryLevel.")]


class CompetencyAnswer(Asked):
    id: Annotated[Text, Field(description="competency_1, competency_2, ...")]
    label: Annotated[Text, Field(description="What the person can do.")]
    level: Annotated[Level, Field(description="1 to 5")]


class _Node(Asked):
    id: Annotated[Text, Field(description="milestone_1, milestone_2, ...")]
    title: Annotated[Text, Field(description="Without a number.")]
    requires: Annotated[list[Text], Field(description="Ids of milestones that come before; empty at the first.")]
    develops_competencies: Annotated[list[Text], Field(min_length=1, description="Ids of competencies.")]
    hours: Annotated[Hours, Field(description="Hours of work in all, more than 0.")]
    optional: StrictBool


class ActivityAnswer(Asked):
    type: Annotated[Text, Field(description="Such as reading, practice or discussion.")]
    description: Text
    hours: Annotated[Hours, Field(description="More than 0.")]


class AssessmentAnswer(Asked):
    type: Annotated[Text, Field(description="Such as test, demonstration or portfolio.")]
    criterion: Annotated[Text, Field(description="What another person can observe.")]


class _WorkedOut(Asked):
    activities: Annotated[
        list[ActivityAnswer], Field(description="As many as planned; their hours fit into those of the milestone.")
    ]
    assessment: AssessmentAnswer
    project: Annotated[
        str,
        BeforeValidator(_or_empty),
        Field(description="One thing to make in this milestone; empty if there is none."),
    ] = ""
    cites: Cites = []


class PlannedMilestone(_Node):
    sections: Sections = []


class WholeMilestone(_WorkedOut, _Node):
    pass


class WrittenMilestone(_WorkedOut):
    id: PlannedId = ""


class _Frame(Asked):
    path_overview: OverviewAnswer
    competencies: Annotated[list[CompetencyAnswer], Field(min_length=1)]


class PathOutline(_Frame):
    milestones: Annotated[
        list[PlannedMilestone], Field(min_length=1, max_length=LIST_MAX, description="All of them, in order.")
    ]


class WholePath(_Frame):
    milestones: Annotated[list[WholeMilestone], Field(min_length=1, max_length=LIST_MAX)]


class PathPart(Asked):
    milestones: list[WrittenMilestone]


class LearningPathDraft(Runs):
    """One group; leaves are ``{id, title, requires, developsCompetencies, hours, optional, activities}``.

    ``activities`` of a leaf is their number.
    """

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholePath, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(PathOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(PathPart, *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        path, faults = read(WholePath, answer)
        if path is None:
            return {}, faults
        activities = sum(len(milestone.activities) for milestone in path.milestones)
        planned, found, counts = _plan(path, path.milestones, activities, wanted)
        milestones = [
            _milestone(leaf, milestone, f"milestones[{index}]", found)
            for index, (leaf, milestone) in enumerate(zip(_leaves(planned), path.milestones, strict=True))
        ]
        counts.extend(off_size("milestones", "activities in all", activities, wanted.sizes.leaves))
        structure = {} if found else self.assemble(planned, (), [{"milestones": milestones}])
        return structure, limited([*found, *counts])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(PathOutline, answer)
        if outline is None:
            return None, faults
        planned, found, counts = _plan(outline, outline.milestones, wanted.sizes.leaves, wanted)
        titles = [(f"milestones[{index}].title", milestone.title) for index, milestone in enumerate(outline.milestones)]
        return (None if found else planned), limited([*found, *counts, *repeated(titles)])

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(PathPart, answer)
        if written is None:
            return {}, faults
        pairs, found = matched(part, written.milestones, "milestones")
        milestones: list[JsonObject] = []
        for leaf, index, milestone in pairs:
            path, have = f"milestones[{index}]", len(milestone.activities)
            if have != number(leaf, "activities"):
                told = f"has {have} activities, exactly {leaf['activities']} are planned"
                found.append(Fault(f"{path}.activities", told))
            milestones.append(_milestone(leaf, milestone, path, found))
        return ({} if found else {"milestones": milestones}), limited(found)

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        milestones = by_id(written, "milestones")
        leaves = _leaves(planned)
        hours = round(sum(_hours(leaf) for leaf in leaves), 2)
        overview = inner(planned.frame, "pathOverview") | {"totalHours": hours}
        return {
            "pathOverview": in_order(
                overview, "title", "description", "targetRole", "totalHours", "entryLevel", "exitLevel"
            ),
            "competencies": objects(planned.frame, "competencies"),
            "milestones": [milestones[text(leaf, "id")] for leaf in leaves],
        }

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        activities = LEARNING_PATH_LEVELS[level][1]
        said = activities * words_of(words, "activities", level, 60) + words_of(words, "assessments", level, 45) + 25
        return tokens(said, fields=6 + 3 * activities)

    def _above(self, planned: Planned) -> Sequence[str]:
        return [f"{text(one, 'id')} {text(one, 'label')}" for one in objects(planned.frame, "competencies")]

    def _leaf_line(self, leaf: JsonObject) -> str:
        before = ", ".join(texts(leaf, "requires"))
        return f"{text(leaf, 'id')} {text(leaf, 'title')}" + (f" (after {before})" if before else "")


def _leaves(planned: Planned) -> list[JsonObject]:
    return objects(planned.groups[0], "leaves")


def _hours(value: JsonObject) -> float:
    hours = value["hours"]
    assert isinstance(hours, int | float)
    return hours


def _plan(
    path: _Frame, milestones: Sequence[PlannedMilestone | WholeMilestone], activities: int, wanted: Wanted
) -> tuple[Planned, list[Fault], list[Fault]]:
    """Return the plan with ids of ours, what is wrong with its references, and what is wrong with its size."""
    names = References((f"milestone_{place}", one.id, one.title) for place, one in enumerate(milestones, 1))
    goals = References((f"competency_{place}", one.id, one.label) for place, one in enumerate(path.competencies, 1))
    shares = dealt(activities, len(milestones))
    leaves = [
        _leaf(place, one, names, goals) | {"activities": shares[place - 1]} for place, one in enumerate(milestones, 1)
    ]
    competencies = [one.plain() | {"id": f"competency_{place}"} for place, one in enumerate(path.competencies, 1)]
    overview = path.path_overview.plain()
    found = [
        *checked(PathOverview, overview | {"totalHours": 1.0}, "pathOverview"),
        *(
            fault
            for place, one in enumerate(competencies)
            for fault in checked(Competency, one, f"competencies[{place}]")
        ),
        *(fault for place, one in enumerate(milestones) for fault in _reference_faults(place, one, names, goals)),
        *repeated([(f"milestones[{place}].id", one.id) for place, one in enumerate(milestones)]),
        *repeated([(f"competencies[{place}].id", one.id) for place, one in enumerate(path.competencies)]),
        *_order_faults(leaves),
        *_goal_faults(leaves, goals),
    ]
    counts = [
        *off_size("milestones", "milestones", len(milestones), wanted.sizes.groups),
        *over_limit("milestones", len(milestones) + activities, wanted),
    ]
    frame: JsonObject = {"pathOverview": overview, "competencies": competencies}
    return Planned(frame, ({"title": path.path_overview.title, "leaves": leaves},)), found, counts


def _leaf(place: int, one: PlannedMilestone | WholeMilestone, names: References, goals: References) -> JsonObject:
    leaf: JsonObject = {
        "id": f"milestone_{place}",
        "title": one.title,
        "requires": names.known(one.requires),
        "developsCompetencies": goals.known(one.develops_competencies),
        "hours": one.hours,
        "optional": one.optional,
    }
    return leaf | ({"sections": list(one.sections)} if isinstance(one, PlannedMilestone) and one.sections else {})


def _reference_faults(
    place: int, one: PlannedMilestone | WholeMilestone, names: References, goals: References
) -> Iterator[Fault]:
    yield from names.unknown(f"milestones[{place}].requires", one.requires, "milestone")
    yield from goals.unknown(f"milestones[{place}].developsCompetencies", one.develops_competencies, "competency")


def _order_faults(leaves: Sequence[JsonObject]) -> Iterator[Fault]:
    requires = {text(leaf, "id"): texts(leaf, "requires") for leaf in leaves}
    circling = on_circles(requires)
    for place, milestone in enumerate(requires):
        if milestone in circling:
            yield Fault(f"milestones[{place}].requires", "leads back to the milestone itself")


def _goal_faults(leaves: Sequence[JsonObject], goals: References) -> Iterator[Fault]:
    developed = {goal for leaf in leaves for goal in texts(leaf, "developsCompetencies")}
    for place, goal in enumerate(goals.ids):
        if goal not in developed:
            yield Fault(f"competencies[{place}]", "is developed by no milestone")


def _milestone(leaf: JsonObject, one: WrittenMilestone | WholeMilestone, path: str, found: list[Fault]) -> JsonObject:
    """Return the milestone as it stands in a path, and add what is wrong with it to ``found``."""
    said = without(one.plain(), *_PLAN, "hours", "optional", "project")
    said["activities"] = fitted(objects(said, "activities"), _hours(leaf))
    if not said["activities"]:
        found.append(Fault(f"{path}.activities", "needs at least one activity"))
    project = one.project.strip()
    element = (
        in_order(leaf, *_PLAN) | in_order(said, "activities", "assessment") | ({"project": project} if project else {})
    )
    element |= in_order(leaf, "hours", "optional") | in_order(said, "cites")
    found.extend(checked(Milestone, element, path))
    return element


def fitted(activities: Sequence[JsonObject], hours: float) -> list[JsonObject]:
    """Return activities with hours that add up to no more than those of their milestone."""
    total = sum(_hours(activity) for activity in activities)
    if total <= hours:
        return list(activities)
    return [
        activity | {"hours": max(0.01, floor(_hours(activity) * hours / total * 100) / 100)} for activity in activities
    ]

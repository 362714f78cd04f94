"""The frame of a workflow for a bare topic: steps and decisions that ask their author. Reads no source."""

from __future__ import annotations

from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.scaffolds import texts
from granulator.granulation.drafts.counts import dealt
from granulator.model import Json, JsonObject

STEP_NAMES = (
    "See that {topic} is called for", "Gather what {topic} needs", "Agree on the goal", "Carry out the work",
    "Look at the result", "Put right what is wrong", "Hand over the result", "Write down what was learnt",
)  # fmt: skip
QUESTIONS = (
    "What makes {topic} begin, and who notices it?",
    "Who does this step, and who does it when they are away?",
    "What has to be there before this step can begin?",
    "What shows that this step is finished?",
    "What happens when this step of {topic} fails?",
    "Which tools, forms or rules does this step rest on?",
)
OWNER, PERFORMER, REVIEWER = "Owner (to be named)", "Performer (to be named)", "Reviewer (to be named)"


def workflow(brief: Brief) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the frame of a workflow for ``brief.topic`` in the planned sizes, whole.

    Its steps follow one another; each decision leads on, or back to the step before it.
    """
    frame: JsonObject = {"workflowOverview": _overview(brief), "steps": _steps(brief), "roles": _roles(brief)}
    return Outline(frame, (), texts.NOTICE, is_scaffold=True, plan="single"), ()


def _overview(brief: Brief) -> JsonObject:
    return {
        "name": brief.topic,
        "description": f"A frame for the workflow of {brief.topic}, to be filled by those who do it.",
        "purpose": f"What is better once {brief.topic} is done, and for whom?",
        "stakeholders": [OWNER, PERFORMER, REVIEWER],
        "provenance": texts.provenance(),
    }


def _roles(brief: Brief) -> list[Json]:
    asked = (
        (OWNER, f"Who answers for {brief.topic} as a whole?"),
        (PERFORMER, "Who does the work, and who stands in for them?"),
        (REVIEWER, "Who decides whether the work is good enough, and by which rule?"),
    )
    return [
        {"id": f"role_{number}", "name": name, "description": question, "provenance": texts.provenance()}
        for number, (name, question) in enumerate(asked, 1)
    ]


def _steps(brief: Brief) -> list[Json]:
    count = brief.sizes.leaves
    # The first step can lead back to none and the last one leads nowhere, so neither decides.
    decides = [False, *_spread(brief.sizes.extras, count - 2), False]
    names = iter(texts.course_of(brief, "stepNames", STEP_NAMES, decides.count(False)))
    reminders = texts.reminders(brief)
    steps: list[Json] = []
    name = ""
    for number in range(1, count + 1):
        name = _decision_name(name) if decides[number - 1] else next(names)
        branches = _branches(number) if decides[number - 1] else []
        steps.append(_step(brief, number, name, branches, reminders[number - 1]))
    return steps


def _spread(decisions: int, places: int) -> list[bool]:
    return [share > 0 for share in dealt(decisions, places)] if places > 0 else []


def _decision_name(before: str) -> str:
    return f"Decide after \u201c{before}\u201d: go on or go back"


def _branches(number: int) -> list[Json]:
    return [
        {"expression": "By which rule does it go on?", "label": "Go on", "next": f"step_{number + 1}"},
        {"expression": "What sends it back?", "label": "Go back", "next": f"step_{number - 1}"},
    ]


def _step(brief: Brief, number: int, name: str, branches: list[Json], reminders: list[str]) -> JsonObject:
    questions = texts.asked(brief, "questions", QUESTIONS)
    is_last = number == brief.sizes.leaves
    following = [f"step_{number + 1}", f"step_{number - 1}"] if branches else [f"step_{number + 1}"]
    return {
        "id": f"step_{number}",
        "name": name,
        "description": " ".join(
            [texts.turn(questions, 2 * number - 2), texts.turn(questions, 2 * number - 1), *reminders]
        ),
        "type": "decision" if branches else "task",
        "responsible": REVIEWER if branches else OWNER if number == 1 else PERFORMER,
        "inputs": [],
        "outputs": [],
        "tools": [],
        "nextSteps": [] if is_last else list[Json](following),
        "conditions": branches,
        "provenance": texts.provenance(),
    }

"""What a judge is asked about each type of structure: five questions with yes or no, and what either one means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from granulator.model import StructureType


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question. ``yes`` and ``no`` anchor its answers, ``code`` and ``fix`` are those of the issue a "no" makes."""

    code: str
    question: str
    yes: str
    no: str
    fix: str

    @property
    def name(self) -> str:
        return self.code.removeprefix("rubric_")


_SPECIFIC = Criterion(
    "rubric_specific",
    "Do the texts say something about this very topic that its reader can use?",
    "they give facts, figures, steps, names or cases that hold for this topic and not for just any",
    "with the topic's name changed, most of what is said would be as true of another topic",
    "Replace phrases that fit any topic by what is particular to this one",
)
_AUDIENCE = Criterion(
    "rubric_audience",
    "Do language and depth fit the audience?",
    "the audience named can follow it and is told more than it knows; terms it cannot know are explained",
    "some element takes for granted what the audience cannot know, or explains at length what all of it knows",
    "Write the element for the audience that is named",
)
_SEQUENCE = Criterion(
    "rubric_sequence",
    "Does each part build on what comes before it and on nothing that comes later?",
    "nothing is used before it is introduced, done or taught",
    "some part needs what only a later part introduces, does or teaches",
    "Put what is needed before what needs it",
)
_COVERAGE = Criterion(
    "rubric_coverage",
    "Are the main sides of the topic covered, each by its weight?",
    "what somebody who knows the topic would look for first is there, and no one side takes nearly all the room",
    "a main side of the topic is missing, or nearly everything is about one corner of it",
    "Add the side of the topic that is missing",
)
_OBJECTIVES = Criterion(
    "rubric_objectives",
    "Is every learning objective that is stated taught in the lessons?",
    "for each objective some lesson explains or exercises what it promises",
    "an objective is stated whose matter no lesson teaches, or lessons merely announce it",
    "Teach the objective in a lesson, or take it out",
)
_EXAMPLES = Criterion(
    "rubric_examples",
    "Do examples, exercises and questions apply what their own lesson or module teaches?",
    "each shows or trains the matter of the place it stands in",
    "some of them have nothing to do with the place they stand in, or could stand anywhere",
    "Give the lesson an example or exercise of its own matter",
)
_ONE_ANSWER = Criterion(
    "rubric_one_answer",
    "Can each question be answered in the way it is put, with one answer that is best?",
    "it names all that is needed, and no option beside the key can be defended",
    "a question is vague or leans on a text the reader has not got, or a wrong option can be defended",
    "Make the question say what it depends on, or make the wrong option clearly wrong",
)
_DISTRACTORS = Criterion(
    "rubric_distractors",
    "Are the wrong options such that somebody who has not understood would choose them?",
    "they are mistakes people make, alike in kind and length",
    "wrong options are absurd, of another kind than the key, or shut out by grammar",
    "Replace the option by a mistake that people make",
)
_EXPLANATIONS = Criterion(
    "rubric_explanations",
    "Do the explanations say why the answer is right?",
    "each gives the reason, so that its reader could answer a similar question",
    "an explanation only repeats the answer or the question, or argues for another answer",
    "Explain why the answer is right",
)
_CAUSES = Criterion(
    "rubric_causes",
    "Does what happens follow from what happened before?",
    "each chapter changes the situation, and the next one answers to that change",
    "chapters could change places, or a turn comes from nowhere",
    "Give the turn a cause in an earlier chapter",
)
_STAKES = Criterion(
    "rubric_stakes",
    "Does the main character want something that can be lost, and meet growing resistance?",
    "what is at stake can be named, and it gets harder to keep from act to act",
    "nothing would be lost, or what stands in the way does not grow",
    "Say what is lost if the character fails, and let the obstacles grow",
)
_CHANGE = Criterion(
    "rubric_change",
    "Is the change that each arc promises brought about by events that are told?",
    "start, turn and end of the arc can each be found in a chapter or scene",
    "an arc is only stated, or its turn happens in no chapter",
    "Show the turn of the arc in a scene",
)
_THEME = Criterion(
    "rubric_theme",
    "Do the events carry the themes that are named?",
    "choices and consequences in the chapters are about them",
    "a theme is named and nothing that happens has to do with it",
    "Let a choice in the story turn on the theme",
)
_EXECUTABLE = Criterion(
    "rubric_executable",
    "Could those responsible carry out each step from what it says?",
    "it says what is done, with what, and when it is finished",
    "a step only names an aim or an attitude, or leaves open what is to be done",
    "Say what is done, with what, and how one sees that it is finished",
)
_DECISIONS = Criterion(
    "rubric_decisions",
    "Can each decision be taken from what is known when it is reached?",
    "its conditions can be checked there, shut each other out and leave no case open",
    "a condition cannot be checked at that point, overlaps with another, or leaves a case without a way on",
    "Make the conditions of the decision such that exactly one holds and can be checked",
)
_PURPOSE = Criterion(
    "rubric_purpose",
    "Do the steps together reach the purpose that is stated?",
    "whoever has come to an end has what the purpose promises",
    "something the purpose promises is brought about by no step",
    "Add the step that brings it about",
)
_DEFINITIONS = Criterion(
    "rubric_definitions",
    "Does each definition say what its concept is and what sets it apart?",
    "it can be told from its neighbours, and is true",
    "a definition goes in a circle, only praises, is wrong, or fits another concept as well",
    "Say what the concept is and what sets it apart from its neighbours",
)
_RELATIONS = Criterion(
    "rubric_relations",
    "Does each relation hold between its two concepts, of its kind and in its direction?",
    "read as a sentence from source to target it is true",
    "a relation is untrue, reversed, or of a kind that says more than is so",
    "Turn the relation round, give it the right kind, or take it out",
)
_ACTIVITIES = Criterion(
    "rubric_activities",
    "Do the activities of each milestone train what it is to develop?",
    "whoever has done them has practised the competency itself",
    "activities only name material or deal with something else",
    "Give the milestone an activity in which its competency is practised",
)
_ASSESSABLE = Criterion(
    "rubric_assessable",
    "Would two assessors come to the same result with each criterion?",
    "it names something that can be seen or measured, and how good is good enough",
    "a criterion asks for understanding, confidence or the like, without saying how it shows",
    "Name what can be observed and how good is good enough",
)
_GOAL = Criterion(
    "rubric_goal",
    "Does whoever completes all milestones reach the goal of the path?",
    "what the target role or the description asks for is developed somewhere",
    "a competency that the goal plainly needs is developed by no milestone",
    "Add a milestone for what the goal needs",
)

CRITERIA: Mapping[StructureType, tuple[Criterion, ...]] = MappingProxyType(
    {
        StructureType.COURSE: (_OBJECTIVES, _SEQUENCE, _SPECIFIC, _EXAMPLES, _AUDIENCE),
        StructureType.QUIZ: (_ONE_ANSWER, _DISTRACTORS, _EXPLANATIONS, _COVERAGE, _AUDIENCE),
        StructureType.NOVEL: (_CAUSES, _STAKES, _CHANGE, _THEME, _SPECIFIC),
        StructureType.WORKFLOW: (_EXECUTABLE, _DECISIONS, _SEQUENCE, _PURPOSE, _SPECIFIC),
        StructureType.KNOWLEDGE_MAP: (_DEFINITIONS, _RELATIONS, _COVERAGE, _SPECIFIC, _AUDIENCE),
        StructureType.LEARNING_PATH: (_SEQUENCE, _ACTIVITIES, _ASSESSABLE, _GOAL, _AUDIENCE),
    }
)

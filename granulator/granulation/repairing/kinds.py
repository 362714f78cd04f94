"""The kinds of element that can be written again: where they stand, what a model is asked for, what it may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from granulator.granulation.drafts import course, learning_path, novel_answers, quiz, workflow
from granulator.granulation.drafts.answers import Asked, Cites
from granulator.granulation.drafts.questions import FreshQuestion
from granulator.granulation.structures import course as courses
from granulator.granulation.structures import knowledge_map as maps
from granulator.granulation.structures import learning_path as paths
from granulator.granulation.structures import novel as novels
from granulator.granulation.structures import question as question_models
from granulator.granulation.structures import quiz as quizzes
from granulator.granulation.structures import workflow as workflows
from granulator.granulation.structures.elements import Element, SomeTexts, Text, Texts
from granulator.model import StructureType


class ModuleHead(Asked):
    title: Annotated[Text, Field(description="Says what it teaches; without a number.")]
    description: Text
    estimated_duration: Annotated[Text, Field(description='Such as "90 minutes".')]
    learning_objectives: Annotated[SomeTexts, Field(description="Each begins with a verb that can be observed.")]


class CategoryHead(Asked):
    name: Text


class MapHead(Asked):
    title: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]


class ActHead(Asked):
    title: Text
    purpose: Annotated[Text, Field(description="What this act does for the story.")]


class ThreadAgain(Asked):
    name: Text
    type: Annotated[Literal["main", "subplot"], Field(description="Exactly one thread is the main one.")]
    setup_scene: Annotated[Text, Field(description="Id of the scene, or chapter, that sets it up.")]
    payoff_scene: Annotated[Text, Field(description="Id of the later one that pays it off.")]


class ChapterHead(novel_answers.ChapterFrame):
    summary: Annotated[Text, Field(description="Three to five sentences.")]
    cites: Cites = []


class ConceptAgain(Asked):
    label: Text
    alt_labels: Annotated[Texts, Field(description="Other names of the same thing; may be empty.")]
    definition: Annotated[Text, Field(description="One or two sentences that do not use the label.")]
    examples: Texts
    cites: Cites = []


class FreshConcept(ConceptAgain):
    broader: Annotated[Text, Field(description="Id of the known concept one level above.")]


class RelationAgain(Asked):
    """Reads "source is TYPE target" or "source has TYPE target"."""

    source: Annotated[Text, Field(description="Id of a concept.")]
    target: Annotated[Text, Field(description="Id of another concept.")]
    type: Annotated[
        Literal["broader", "partOf", "prerequisite", "appliesTo", "related", "contrasts"],
        Field(
            description="broader: target is one level above source; partOf: source is a part of target; prerequisite: "
            "target must be known before source; appliesTo: source is applied in target; related, contrasts: both ways."
        ),
    ]


class FreshStep(Asked):
    name: Annotated[Text, Field(description="Verb and object.")]
    responsible: Text
    description: Annotated[Text, Field(description="How it is done, when it is done, what if it cannot be done.")]
    inputs: Annotated[Texts, Field(description="What it takes in, from an earlier step or from outside.")]
    outputs: Annotated[Texts, Field(description="What a later step uses or the process is for.")]
    tools: Texts
    after: Annotated[Text, Field(description="Id of the known step it is put behind.")]
    cites: Cites = []


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of element. ``path`` is where it stands, as ``structures.at`` takes it; ``model`` is its full model.

    ``again`` is the answer that rewrites one, ``fresh`` the one that writes another, None where none can be added.
    ``refers`` names the keys of an answer that hold ids, each with the lists whose elements they may name.
    """

    name: str
    path: str
    again: type[Asked]
    model: type[Element] | TypeAdapter[object]
    prefix: str = ""
    fresh: type[Asked] | None = None
    refers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def list_key(self) -> str:
        """The key of the list it stands in; empty for what there is one of."""
        return self.path.removesuffix("[]").rpartition(".")[2] if self.path.endswith("[]") else ""


class Questions(Asked):
    questions: Annotated[list[FreshQuestion], Field(min_length=1)]


_QUESTION: TypeAdapter[object] = TypeAdapter(question_models.Question)
_SCENES = ("acts[].chapters[].scenes[]", "acts[].chapters[]")


def _question(path: str) -> Kind:
    return Kind("question", path, Questions, _QUESTION, "q", Questions)


KINDS: Mapping[StructureType, tuple[Kind, ...]] = MappingProxyType(
    {
        StructureType.COURSE: (
            Kind("overview", "courseOverview", course.OverviewAnswer, courses.CourseOverview),
            Kind("module", "modules[]", ModuleHead, courses.Module, "module", course.WholeModule),
            Kind("lesson", "modules[].lessons[]", course.WholeLesson, courses.Lesson, "lesson", course.WholeLesson),
            _question("modules[].assessment.questions[]"),
        ),
        StructureType.QUIZ: (
            Kind("overview", "quizOverview", quiz.OverviewAnswer, quizzes.QuizOverview),
            Kind("category", "categories[]", CategoryHead, quizzes.Category, "", quiz.WholeCategory),
            _question("categories[].questions[]"),
        ),
        StructureType.NOVEL: (
            Kind("overview", "novelOverview", novel_answers.OverviewAnswer, novels.NovelOverview),
            Kind("character", "characters[]", novel_answers.CharacterAnswer, novels.Character, "char"),
            Kind(
                "plot thread",
                "plotThreads[]",
                ThreadAgain,
                novels.Thread,
                "thread",
                refers={"setupScene": _SCENES, "payoffScene": _SCENES},
            ),
            Kind("act", "acts[]", ActHead, novels.Act, "act"),
            Kind(
                "chapter",
                "acts[].chapters[]",
                ChapterHead,
                novels.Chapter,
                "chapter",
                novel_answers.WholeChapter,
                {
                    "pov": ("characters[]",),
                    "scenes[].characterIds": ("characters[]",),
                    "scenes[].threadIds": ("plotThreads[]",),
                },
            ),
            Kind(
                "scene",
                "acts[].chapters[].scenes[]",
                novel_answers.SceneAnswer,
                novels.Scene,
                "scene",
                novel_answers.SceneAnswer,
                {"characterIds": ("characters[]",), "threadIds": ("plotThreads[]",)},
            ),
        ),
        StructureType.WORKFLOW: (
            Kind("overview", "workflowOverview", workflow.OverviewAnswer, workflows.WorkflowOverview),
            Kind(
                "step",
                "steps[]",
                workflow.WholeStep,
                workflows.Step,
                "step",
                FreshStep,
                {"nextSteps": ("steps[]",), "conditions[].next": ("steps[]",), "after": ("steps[]",)},
            ),
        ),
        StructureType.KNOWLEDGE_MAP: (
            Kind("overview", "mapOverview", MapHead, maps.MapOverview),
            Kind(
                "concept",
                "concepts[]",
                ConceptAgain,
                maps.Concept,
                "concept",
                FreshConcept,
                {"broader": ("concepts[]",)},
            ),
            Kind(
                "relation",
                "relations[]",
                RelationAgain,
                maps.Relation,
                "",
                RelationAgain,
                {"source": ("concepts[]",), "target": ("concepts[]",)},
            ),
        ),
        StructureType.LEARNING_PATH: (
            Kind("overview", "pathOverview", learning_path.OverviewAnswer, paths.PathOverview),
            Kind("competency", "competencies[]", learning_path.CompetencyAnswer, paths.Competency, "competency"),
            Kind(
                "milestone",
                "milestones[]",
                learning_path.WholeMilestone,
                paths.Milestone,
                "milestone",
                learning_path.WholeMilestone,
                {"requires": ("milestones[]",), "developsCompetencies": ("competencies[]",)},
            ),
        ),
    }
)


def kind_at(structure_type: StructureType, path: str) -> Kind | None:
    """Return the kind of the elements at a path without indexes, None where none of them can be written again."""
    return next((kind for kind in KINDS[structure_type] if kind.path == path), None)

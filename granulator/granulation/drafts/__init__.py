"""The drafts by structure type: what a model is asked for and how its answers become a structure; makes no call."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from granulator.granulation.drafts.base import Draft
from granulator.granulation.drafts.course import CourseDraft
from granulator.granulation.drafts.knowledge_map import KnowledgeMapDraft
from granulator.granulation.drafts.learning_path import LearningPathDraft
from granulator.granulation.drafts.novel import NovelDraft
from granulator.granulation.drafts.quiz import QuizDraft
from granulator.granulation.drafts.workflow import WorkflowDraft
from granulator.model import StructureType

DRAFTS: Mapping[StructureType, Draft] = MappingProxyType(
    {
        StructureType.COURSE: CourseDraft(),
        StructureType.QUIZ: QuizDraft(),
        StructureType.NOVEL: NovelDraft(),
        StructureType.WORKFLOW: WorkflowDraft(),
        StructureType.KNOWLEDGE_MAP: KnowledgeMapDraft(),
        StructureType.LEARNING_PATH: LearningPathDraft(),
    }
)

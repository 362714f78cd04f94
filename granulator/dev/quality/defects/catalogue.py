"""All defects of the measurement in one list; makes none itself."""

from granulator.dev.quality.defects import (
    course,
    every,
    knowledge_map,
    learning_path,
    novel,
    questions,
    required,
    sourced,
    workflow,
)
from granulator.dev.quality.defects.workpiece import Defect

DEFECTS: tuple[Defect, ...] = (
    *every.DEFECTS,
    *required.DEFECTS,
    *sourced.DEFECTS,
    *course.DEFECTS,
    *questions.DEFECTS,
    *novel.DEFECTS,
    *workflow.DEFECTS,
    *knowledge_map.DEFECTS,
    *learning_path.DEFECTS,
)

"""The judge: a model that is shown a structure and may add to what the checks found, and nothing else."""

from granulator.granulation.judgement import NOT_RUN, Judgement
from granulator.granulation.judging.case import Judged, is_judgeable, is_scaffold
from granulator.granulation.judging.session import judge, target_of

__all__ = ["NOT_RUN", "Judged", "Judgement", "is_judgeable", "is_scaffold", "judge", "target_of"]

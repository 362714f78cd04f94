"""What validation says about clean structures and mutants, as results that can be counted; prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from granulator.dev.quality.clean.structures import Clean, template
from granulator.dev.quality.defects.workpiece import Workpiece
from granulator.dev.quality.mutants import Mutant
from granulator.granulation import plan, structures
from granulator.granulation.validation import Verdict, validate
from granulator.model import Issue

THRESHOLD = 85
SHARES = (40, 35, 25)
"""Hundredths of the plain average: structure, coherence, quality."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one structure; ``average`` is the score without the gate that errors are."""

    issues: tuple[Issue, ...]
    score: int
    average: int
    has_shape: bool
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant; ``found`` are the codes of issues that the clean structure does not have."""

    mutant: Mutant
    judged: Judged
    found: frozenset[str]
    found_as_error: frozenset[str]

    @property
    def is_detected(self) -> bool:
        wanted = self.found_as_error if self.mutant.defect.is_error else self.found
        return not wanted.isdisjoint(self.mutant.defect.codes)

    @property
    def is_named(self) -> bool:
        """Whether one of the expected codes appears at all, as a warning too."""
        return not self.found.isdisjoint(self.mutant.defect.codes)


def judge(work: Workpiece) -> Judged:
    """Return what validation at level 2 says of a structure, without a model that judges."""
    kind, clean = work.structure_type, work.clean
    used = template(kind)
    sizes = clean.sizes
    if work.level != clean.level and work.level is not None:
        sizes = plan.sizes(kind, work.level, used)
    verdict = validate(
        work.structure,
        kind,
        template=used,
        level=2,
        threshold=THRESHOLD,
        sizes=sizes,
        granularity_level=work.level,
        required_elements=work.required,
        sources=clean.sources,
        topic=work.topic,
    )
    has_shape = not structures.shape(kind, work.structure)
    return Judged(verdict.issues, verdict.score or 0, _average(verdict), has_shape, bool(verdict.is_valid))


def untouched(clean: Clean) -> Workpiece:
    """Return the clean structure with the request it was made for."""
    return Workpiece.copied(clean, "", Random(0))


def measured(mutants: Iterable[Mutant], cleans: Mapping[str, Judged]) -> list[Result]:
    """Return the result of each mutant, by comparison with the clean structure it was made from."""
    return [_result(mutant, cleans[key(mutant.work.clean)]) for mutant in mutants]


def key(clean: Clean) -> str:
    return f"{clean.structure_type}/{clean.name}"


def _result(mutant: Mutant, clean: Judged) -> Result:
    judged = judge(mutant.work)
    return Result(mutant, judged, _more(judged.issues, clean.issues), _more(_errors(judged), _errors(clean)))


def _errors(judged: Judged) -> tuple[Issue, ...]:
    return tuple(issue for issue in judged.issues if issue.severity == "error")


def _more(issues: Iterable[Issue], before: Iterable[Issue]) -> frozenset[str]:
    """Return the codes of issues at places where there was no such issue before."""
    known = {(issue.code, issue.path) for issue in before}
    return frozenset(issue.code for issue in issues if (issue.code, issue.path) not in known)


def _average(verdict: Verdict) -> int:
    parts = (verdict.structure_completeness, verdict.content_coherence or 0, verdict.quality_metrics or 0)
    return (sum(share * part for share, part in zip(SHARES, parts, strict=True)) + 50) // 100

"""The measurement in figures and as the page ``docs/quality.md``; measures nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from granulator.dev.quality.clean.structures import Clean
from granulator.dev.quality.measure import THRESHOLD, Judged, Result
from granulator.dev.quality.split import Split

N = TypeVar("N", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything measured on one split. ``beyond`` are mutants whose defect no rule can see."""

    split: Split
    cleans: Sequence[tuple[Clean, Judged]]
    results: Sequence[Result]
    beyond: Sequence[Result]

    @property
    def detection(self) -> float:
        return _share(result.is_detected for result in self.results)

    @property
    def mean_detection(self) -> float:
        """The mean over the pairs of kind and type, whatever their number of mutants."""
        shares = [_share(result.is_detected for result in rows) for rows in self.pairs().values()]
        return sum(shares) / len(shares) if shares else 0.0

    @property
    def clean_with_error(self) -> float:
        return _share(_has_error(judged) for _, judged in self.cleans)

    @property
    def clean_with_issue(self) -> float:
        return _share(bool(judged.issues) for _, judged in self.cleans)

    def pairs(self) -> dict[tuple[str, str], list[Result]]:
        """Return the results by type and kind of defect."""
        return _grouped(self.results, lambda result: (str(_type(result)), result.mutant.defect.kind))


def figures(measurement: Measurement) -> str:
    """Return the headline figures of a split in one line."""
    return (
        f"{measurement.split}: {len(measurement.results)} mutants of {len(measurement.cleans)} clean structures, "
        f"{len(measurement.pairs())} pairs of kind and type; detected {_percent(measurement.detection)} "
        f"(mean of the pairs {_percent(measurement.mean_detection)}); "
        f"clean with an error {_percent(measurement.clean_with_error)}, "
        f"with any issue {_percent(measurement.clean_with_issue)}"
    )


def headline(measurements: Sequence[Measurement]) -> str:
    """Return the table that sets the splits side by side."""
    rows: list[tuple[str, Callable[[Measurement], str]]] = [
        ("clean structures", lambda m: str(len(m.cleans))),
        ("mutants", lambda m: str(len(m.results))),
        ("pairs of kind and type", lambda m: str(len(m.pairs()))),
        ("detected: an acceptable code, as an error where one is due", lambda m: _percent(m.detection)),
        ("the same, mean over the pairs", lambda m: _percent(m.mean_detection)),
        ("caught by a check of types and fields alone", lambda m: _percent(_share(_misshapen(r) for r in m.results))),
        ("clean with an error", lambda m: _of(_has_error(judged) for _, judged in m.cleans)),
        ("clean with any issue", lambda m: _of(bool(judged.issues) for _, judged in m.cleans)),
        (f"clean that pass at {THRESHOLD}", lambda m: _percent(_share(judged.is_valid for _, judged in m.cleans))),
        (f"broken that pass at {THRESHOLD}", lambda m: _percent(_share(r.judged.is_valid for r in m.results))),
        ("clean that pass a plain average", lambda m: _percent(_share(_passes(judged) for _, judged in m.cleans))),
        ("broken that pass a plain average", lambda m: _percent(_share(_passes(r.judged) for r in m.results))),
    ]
    heads = [str(m.split) for m in measurements]
    return table(["", *heads], [[name, *(value(m) for m in measurements)] for name, value in rows])


def by_type(measurement: Measurement) -> str:
    """Return the table of detection and false alarms by type."""
    results = _grouped(measurement.results, lambda result: str(_type(result)))
    rows = []
    for kind in sorted(results):
        cleans = [judged for clean, judged in measurement.cleans if clean.structure_type == kind]
        rows.append(
            [
                kind,
                str(len(results[kind])),
                _percent(_share(result.is_detected for result in results[kind])),
                _of(_has_error(judged) for judged in cleans),
                _of(bool(judged.issues) for judged in cleans),
            ]
        )
    return table(["type", "mutants", "detected", "clean with an error", "clean with any issue"], rows)


def by_kind(measurements: Sequence[Measurement]) -> str:
    """Return the table of detection by type and kind of defect, the splits side by side."""
    pairs = [measurement.pairs() for measurement in measurements]
    names = sorted({name for rows in pairs for name in rows})
    rows = []
    for name in names:
        known = next(group[name][0] for group in pairs if name in group).mutant.defect
        codes = ", ".join(f"`{code}`" for code in known.codes)
        counts = [_found(group.get(name, [])) for group in pairs]
        rows.append([*name, codes, "error" if known.is_error else "warning", *counts])
    return table(["type", "defect", "one of these codes", "as", *(str(m.split) for m in measurements)], rows)


def by_code(measurements: Sequence[Measurement]) -> str:
    """Return the table of detection and false alarms by the code that names a defect best."""
    named = {result.mutant.defect.codes[0] for m in measurements for result in m.results}
    rows = []
    for code in sorted(named | _alarms(measurements)):
        row = [f"`{code}`"]
        for m in measurements:
            own = [result for result in m.results if result.mutant.defect.codes[0] == code]
            row += [_found(own), str(sum(code in _codes(judged) for _, judged in m.cleans))]
        rows.append(row)
    heads = [f"{m.split}: {what}" for m in measurements for what in ("detected", "false alarms")]
    return table(["code", *heads], rows)


def missed_by_name(measurement: Measurement) -> str:
    """Return the missed mutants as a list of names."""
    names = sorted(result.mutant.name for result in measurement.results if not result.is_detected)
    return "\n".join(f"- `{name}`" for name in names) or "None."


def missed_by_kind(measurement: Measurement) -> str:
    """Return the kinds of the missed mutants with their number, and nothing of their text."""
    missed = [result for result in measurement.results if not result.is_detected]
    groups = _grouped(missed, lambda result: (str(_type(result)), result.mutant.defect.kind))
    rows = [[*name, str(len(groups[name]))] for name in sorted(groups)]
    return table(["type", "defect", "missed"], rows) if rows else "None."


def alarmed(measurement: Measurement) -> str:
    """Return the clean structures that raise issues, with the codes."""
    rows = []
    for clean, judged in measurement.cleans:
        if judged.issues:
            codes = sorted({f"{issue.code} ({issue.severity})" for issue in judged.issues})
            rows.append([str(clean.structure_type), clean.name, ", ".join(codes)])
    return table(["type", "structure", "codes"], rows) if rows else "None."


def unseen(measurements: Sequence[Measurement]) -> str:
    """Return the table of defects beyond rules: how many of them pass as valid."""
    groups = _grouped(
        [result for m in measurements for result in m.beyond],
        lambda result: (str(_type(result)), result.mutant.defect.kind),
    )
    rows = [
        [*name, str(len(groups[name])), str(sum(result.judged.is_valid for result in groups[name]))]
        for name in sorted(groups)
    ]
    return table(["type", "defect", "mutants", "still valid"], rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _type(result: Result) -> str:
    return result.mutant.work.structure_type


def _misshapen(result: Result) -> bool:
    return not result.judged.has_shape


def _passes(judged: Judged) -> bool:
    return judged.average >= THRESHOLD


def _has_error(judged: Judged) -> bool:
    return any(issue.severity == "error" for issue in judged.issues)


def _codes(judged: Judged) -> set[str]:
    return {issue.code for issue in judged.issues}


def _alarms(measurements: Sequence[Measurement]) -> set[str]:
    return {code for m in measurements for _, judged in m.cleans for code in _codes(judged)}


def _found(results: Sequence[Result]) -> str:
    return f"{sum(result.is_detected for result in results)}/{len(results)}" if results else ""


def _share(claims: Iterable[bool]) -> float:
    rows = list(claims)
    return sum(rows) / len(rows) if rows else 0.0


def _of(claims: Iterable[bool]) -> str:
    rows = list(claims)
    return f"{sum(rows)} of {len(rows)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _grouped(results: Iterable[Result], name: Callable[[Result], N]) -> dict[N, list[Result]]:
    groups: defaultdict[N, list[Result]] = defaultdict(list)
    for result in results:
        groups[name(result)].append(result)
    return dict(groups)

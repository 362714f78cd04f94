"""The text of ``docs/quality.md`` around the tables of the measurement; counts nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import fill

from granulator.dev.quality import report
from granulator.dev.quality.changes import changes
from granulator.dev.quality.defects.beyond import DEFECTS as BEYOND
from granulator.dev.quality.gate import CLEAN_WITH_ERROR_MOST, DETECTION_LEAST, faults
from granulator.dev.quality.measure import THRESHOLD
from granulator.dev.quality.report import Measurement
from granulator.dev.quality.split import DOCUMENTS, HAND_WRITTEN, Split
from granulator.granulation.validation import RULES_VERSION

REASONS: Mapping[str, str] = {
    "a wrong key with an explanation that supports it": (
        "key, explanation and options agree with each other; only somebody who knows the subject, or a source, "
        "can say that all three are wrong"
    ),
    "a statement turned into its opposite": (
        "one `not` changes neither length nor vocabulary nor style, and most of its words still stand in the source"
    ),
    "a wrong figure": "no rule knows how many degrees, grams or minutes are right",
    "two elements that say what belongs to the other": (
        "each text is sound and different from the others; that it stands in the wrong place is a question of meaning"
    ),
    "two tasks in the wrong order": "the graph is as well formed as before; the order of work is "
    "knowledge of the trade",
    "a prerequisite in the wrong direction": "both directions are possible graphs without a ring",
}


def page(measurements: Sequence[Measurement]) -> str:
    """Return the page for the measurements of both splits."""
    dev = next(m for m in measurements if m.split is Split.DEV)
    test = next(m for m in measurements if m.split is Split.TEST)
    sections = [
        _introduction(test),
        "## The splits side by side",
        report.headline(measurements),
        _reading(),
        "## By type",
        *_per_split(measurements, report.by_type),
        "## By defect",
        "How many mutants were detected, by type and kind. An empty cell: the split has no structure with a "
        "place for it.",
        report.by_kind(measurements),
        "## By code",
        _paragraphs(
            "Each mutant is counted under the code that names its defect best, and as detected when that code or "
            "another acceptable one was raised. *False alarms* are clean structures that raise the code."
        ),
        report.by_code(measurements),
        "## False alarms",
        *_per_split(measurements, report.alarmed),
        "## What was missed",
        "### dev, by name",
        "`scripts/quality-bench --split dev --show NAME` prints what such a mutant changes.",
        report.missed_by_name(dev),
        "### test, by kind only",
        "Their texts are not shown: whoever reads them while changing a rule has spent them.",
        report.missed_by_kind(test),
        "## Broken structures that still pass, and why",
        _beyond(),
        report.unseen(measurements),
        "For example, on dev:",
        _examples(dev),
        "## The material",
        _material(),
        "## What this does not measure",
        _limits(),
    ]
    return "\n\n".join(["# What the checks find, and what they do not", *sections]) + "\n"


def _introduction(test: Measurement) -> str:
    verdict = "keeps" if not faults(test) else "does NOT keep"
    return _paragraphs(
        f"Rules version {RULES_VERSION}. This page is written by `scripts/quality-bench`; nobody edits it by hand. "
        "Clean structures are broken in one place each, by seeded defects, and validation at level 2 is asked what it "
        "sees. No model judges here and nothing random is left: the same code and the same locked packages give the "
        "same page.",
        f"On the test split {100 * test.detection:.1f} % of {len(test.results)} broken structures are detected and "
        f"{100 * test.clean_with_error:.1f} % of {len(test.cleans)} clean ones are given an error. The gate "
        f"of the test "
        f"suite, at least {100 * DETECTION_LEAST:.0f} % and at most {100 * CLEAN_WITH_ERROR_MOST:.0f} %, holds a "
        f"smaller sample of the test split to the same limits; the whole {verdict} them.",
    )


def _reading() -> str:
    return _paragraphs(
        "*Detected* means that one of the codes acceptable for the defect appears at a place where the clean structure "
        "has no such issue, and as an error where the defect is one that must not be delivered. A mutant that only "
        "raises some other code counts as missed. *A check of types and fields alone* is the structure's model and "
        "nothing else. *A plain average* is 40 % structureCompleteness, 35 % contentCoherence and 25 % qualityMetrics "
        f"of the same verdict, without the rule that an error keeps the score below the threshold of {THRESHOLD}. "
        "Broken structures that pass with the gate are, above all, those whose defect is a warning.",
    )


def _beyond() -> str:
    return _paragraphs(
        "These defects were made on purpose where rules have nothing to hold on to. They are not part of the figures "
        "above, as no code could be expected. Level 3 asks a model to solve each question blind and to compare "
        "statements with the source; only that can find some of them.",
    )


def _examples(dev: Measurement) -> str:
    shown = []
    for defect in BEYOND:
        passing = [result.mutant for result in dev.beyond if result.mutant.defect is defect and result.judged.is_valid]
        for mutant in passing[:1]:
            changed = "\n".join(f"  - {change}" for change in changes(mutant.work))
            shown.append(f"- `{mutant.name}` passes: {REASONS[defect.kind]}.\n{changed}")
    return "\n".join(shown)


def _material() -> str:
    rows = []
    for split in Split:
        for kind, names in HAND_WRITTEN[split].items():
            rows.append([str(split), f"{kind}, written in the manner of a model", ", ".join(names)])
        rows.append([str(split), "built by the local author from real documents", ", ".join(DOCUMENTS[split])])
    text = _paragraphs(
        "`pydoc:` documents are sections of the language reference that come with Python, `readme:` "
        "documents come with "
        "installed packages; none of their text is in this repository. A document too short for a size is left out at "
        "that size. Wordings of defects (placeholders, refusals, other languages, rewordings) have one set per split "
        "as well. Rules are tuned on dev only. Test is measured and never looked into; a test case that "
        "somebody had to "
        "look at while changing a rule moves to dev and is replaced.",
    )
    return f"{text}\n\n{report.table(['split', 'what', 'which'], rows)}"


def _limits() -> str:
    return "\n".join(
        [
            "- Whether anything is true. Rules compare a structure with itself, its template, its request and "
            "its source.",
            "- The model that judges at levels 2 and 3, which is not asked here.",
            "- Languages other than English, except as an answer in the wrong one.",
            "- Two defects at once, or a structure that is mediocre throughout.",
            "- The clean structures were written by one person and the defects by the same one, though without "
            "having read "
            "the checks. Other writers' structures will raise other alarms: read the figures as an upper bound.",
            "- Reference sections differ between versions of Python; the figures are those of the version of the lock.",
        ]
    )


def _per_split(measurements: Sequence[Measurement], part: Callable[[Measurement], str]) -> list[str]:
    return [text for m in measurements for text in (f"### {m.split}", part(m))]


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(fill(text, 120, break_long_words=False, break_on_hyphens=False) for text in texts)

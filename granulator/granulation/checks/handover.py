"""Checks of what passes between the steps of a workflow: who does them, what one makes and the next needs, steps"
" twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at
from granulator.granulation.wording import content_words, fold
from granulator.model import Issue, Json, StructureType

_ANYONE = frozenset(
    {"all", "everyone", "everybody", "anyone", "system", "automatic", "automated", "automatically", "team"}
)
_AND = re.compile(r"\s*(?:,|/|&|;|\band\b|\bor\b|\bwith\b|\+)\s*")


def unknown_role(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps done by, and roles of, somebody who is not among the stakeholders."""
    if document.structure_type is not StructureType.WORKFLOW:
        return
    names = [name for _, name in at(document.structure, "workflowOverview.stakeholders[]") if isinstance(name, str)]
    known = [frozenset(content_words(name)) for name in names]
    whole = {fold(name) for name in names}
    if not any(known):
        return
    for key in ("steps[].responsible", "roles[].name"):
        for path, name in at(document.structure, key):
            if isinstance(name, str) and fold(name) not in whole and not _is_known(name, known):
                message = f"{path}, {quote(name)}, is not among the stakeholders"
                yield issue(
                    "unknown_role", path, message, f"Add {quote(name)} to the stakeholders, or name one of them"
                )


def _is_known(name: str, known: list[frozenset[str]]) -> bool:
    """Whether every part of a name such as "Clerk and mechanic" is somebody: same words, or one within the other."""
    parts = [frozenset(content_words(part)) for part in _AND.split(name[:500])]
    return all(
        not part or part & _ANYONE or any(part <= one or (one and one <= part) for one in known) for part in parts
    )


def unused_output(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find outputs that no other step takes in or speaks of, and that do not come with an end."""
    steps = [(path, step) for path, step in at(document.structure, "steps[]") if isinstance(step, dict)]
    needs = [_needs(step) for _, step in steps]
    everywhere = Counter(word for words in needs for word in words)
    ends = {name for _, step in steps if not _texts(step, "nextSteps") for name in _texts_of(step.get("id"))}
    for (path, step), own in zip(steps, needs, strict=True):
        following = _texts(step, "nextSteps")
        # What the last steps make is what the workflow is for; what a step without inputs follows is not known.
        if not following or ends.intersection(following):
            continue
        for index, output in enumerate(_texts(step, "outputs")):
            words = frozenset(content_words(output))
            if words and not any(everywhere[word] > (word in own) for word in words):
                at_path = f"{path}.outputs[{index}]"
                message = f"{at_path}, {quote(output)}, is used by no other step"
                yield issue(
                    "unused_output", at_path, message, f"Name {quote(output)} in the inputs of the step that uses it"
                )


def _needs(step: dict[str, Json]) -> frozenset[str]:
    """Return the words of everything that a step takes in or says of its work."""
    conditions = [text for key in ("conditions[]", "conditions[].expression") for _, text in at(step, key)]
    said = [step.get("name"), step.get("description"), *conditions]
    texts = [*_texts(step, "inputs"), *(text for text in said if isinstance(text, str))]
    return frozenset(word for text in texts for word in content_words(text))


def dup_step(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps that have the name of an earlier one, apart from the order and the form of its words."""
    first: dict[frozenset[str] | str, str] = {}
    for path, name in at(document.structure, "steps[].name"):
        if not isinstance(name, str) or not name.strip():
            continue
        words = content_words(name)
        # Two words that mean something are the least that can be put in another order.
        key = frozenset(words) if len(set(words)) > 1 else fold(name)
        other = first.setdefault(key, path)
        if other != path:
            message = f"{path}, {quote(name)}, names the same step as {other}"
            yield issue("dup_step", path, message, f"Merge the two steps, or say in {path} what differs")


def _texts(step: dict[str, Json], key: str) -> list[str]:
    value = step.get(key)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _texts_of(value: Json) -> list[str]:
    return [value] if isinstance(value, str) else []

"""Structures written from a source by the local author, and the verdict of our own validation on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from granulator.extraction import documents
from granulator.granulation import plan, validation
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.local import LocalAuthor
from granulator.granulation.validation import Verdict
from granulator.model import Source, StructureType
from tests.unit.granulation.samples import template

T = TypeVar("T")


async def at_once(function: Callable[[], T]) -> T:
    return function()


def brief(kind: StructureType, text: str, level: int, *, topic: str = "Harbours", audience: str = "general") -> Brief:
    used = template(kind)
    sizes = plan.sizes(kind, level, used)
    return Brief(topic, kind, level, audience, "en", sizes, used, Source("markdown", text=text))


async def write(of: Brief) -> tuple[Outline, Any]:
    author = LocalAuthor(of, run_in_thread=at_once)
    outline = await author.outline()
    return outline, await author.assemble(outline, [])


def verdict(structure: Any, of: Brief, topic: str | None = None) -> Verdict:
    assert of.source is not None
    return validation.validate(
        structure,
        of.structure_type,
        template=of.template,
        sizes=of.sizes,
        granularity_level=of.level,
        sources={"source": documents.decode(of.source)},
        topic=topic,
    )


def errors(found: Verdict) -> list[str]:
    return [issue.message for issue in found.issues if issue.severity == "error"]


def elements(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object below ``value`` that may say where it comes from."""
    if isinstance(value, dict):
        if "provenance" in value:
            yield value
        for inner in value.values():
            yield from elements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from elements(inner)

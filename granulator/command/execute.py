"""``granulator execute``: one structure, made here and now through the same service as over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

from granulator import errors
from granulator.api import wire
from granulator.api.errors import envelope
from granulator.api.granulate import SOURCE_BYTES, GranulateRequest, order_of
from granulator.dev.sample import SAMPLE
from granulator.economy import amounts
from granulator.extraction import documents
from granulator.granulation import admission, service
from granulator.granulation.ending import Outcome
from granulator.granulation.order import Order
from granulator.granulation.result import compact
from granulator.model import Json, JsonObject, Principal, Stage
from granulator.services import Services, open_services
from granulator.settings import load

COMMAND = Principal(kind="command", id="command", client_id="local")
"""Who the command line is: a tenant of its own."""

FORMATS = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".xhtml": "html"}

VALID, INVALID, BAD_INPUT = 0, 1, 2


def execute_command(arguments: argparse.Namespace) -> int:
    """Make one structure; returns 0 for a valid one, 1 for one that failed, 2 for bad input."""
    try:
        if arguments.out is not None:
            _check_out(arguments.out)
        order = _order(arguments)
        outcome, stored_in = asyncio.run(_execute(order))
    except errors.GranulatorError as error:
        return _refused(arguments, error)
    if arguments.out is not None:
        text = json.dumps(outcome.body, ensure_ascii=False, indent=2)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    if arguments.json:
        sys.stdout.write(compact(outcome.body) + "\n")
    else:
        sys.stdout.write("\n".join(_tree(outcome.body, stored_in)) + "\n")
    return _exit_code(outcome)


async def _execute(order: Order) -> tuple[Outcome, Path | None]:
    settings = load()
    async with open_services(settings) as services:
        await admission.install_templates(services)
        keeping = asyncio.create_task(services.engine.serve(lambda lease: service.run(services, lease)))
        try:
            return await _run(services, order), settings.sqlite_path
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


async def _run(services: Services, order: Order) -> Outcome:
    lease = await admission.submit(services, COMMAND, order, request_id=services.new_id("cli"))
    return await service.run(services, lease, _report)


def _report(stage: Stage, progress: int) -> None:
    sys.stderr.write(f"{progress:>3}% {stage.value}\n")


def _order(arguments: argparse.Namespace) -> Order:
    source = arguments.source
    if source is None and arguments.topic is None:
        source = SAMPLE
        sys.stderr.write(f"No topic and no source given: working from the bundled sample {SAMPLE.name}\n")
    wanted: JsonObject = {
        "topic": arguments.topic,
        "structureType": arguments.type,
        "granularityLevel": arguments.level,
        "targetAudience": arguments.audience,
        "maxElements": arguments.max_elements,
        "source": None if source is None else _source(source),
    }
    config: JsonObject = {"aiProvider": arguments.provider, "aiModel": arguments.model}
    body: JsonObject = {"action": "granulate", "input": wanted, "config": config}
    if source is not None and arguments.topic is None:
        wanted["topic"] = _title(body, source)
    return order_of(wire.parse(GranulateRequest, body))


def _source(path: Path) -> JsonObject:
    try:
        with path.open("rb") as file:
            content = file.read(SOURCE_BYTES + 1)
    except OSError as error:
        raise errors.InvalidParameter(
            f"{path} cannot be read: {error.strerror}", field="source", path="--source"
        ) from error
    return {"file": base64.b64encode(content).decode("ascii"), "format": _format(path, content)}


def _format(path: Path, content: bytes) -> str:
    if content[:500].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    return FORMATS.get(path.suffix.lower(), "text")


def _title(body: JsonObject, path: Path) -> str:
    """The document's own title, else the name of its file."""
    draft = cast(JsonObject, {**cast(JsonObject, body["input"]), "topic": path.stem or "document"})
    source = order_of(wire.parse(GranulateRequest, {**body, "input": draft})).source
    assert source is not None
    title = documents.read(source).title
    return (title or path.stem.replace("-", " ").replace("_", " "))[:500]


def _refused(arguments: argparse.Namespace, error: errors.GranulatorError) -> int:
    body = cast(JsonObject, envelope(error))
    if arguments.json:
        sys.stdout.write(compact(body) + "\n")
    sys.stderr.write(f"granulator: {error.message} ({error.code})\n  {error.suggestion}\n")
    return BAD_INPUT if error.status < 500 else INVALID


def _check_out(path: Path) -> None:
    """Find out before the work, not after it, that its result cannot be written."""
    try:
        path.open("a").close()
    except OSError as error:
        raise errors.InvalidParameter(
            f"{path} cannot be written: {error.strerror}", field="out", path="--out"
        ) from error


def _exit_code(outcome: Outcome) -> int:
    if outcome.status == 200:
        return VALID
    is_input = outcome.status < 500 and outcome.body["code"] not in ("VALIDATION_FAILED", "REQUEST_TIMEOUT")
    return BAD_INPUT if is_input else INVALID


def _tree(body: JsonObject, stored_in: Path | None) -> Iterator[str]:
    output = body.get("output")
    if not isinstance(output, dict):
        yield from _failure(body)
        return
    structure, summary = cast(JsonObject, output["structure"]), cast(JsonObject, output["summary"])
    yield from outline(cast(str, output["structureType"]), structure)
    counts = [
        f"{value} {name}" for name, value in summary.items() if isinstance(value, int) and name != "totalElements"
    ]
    yield f"elements  {summary['totalElements']} ({', '.join(counts)})"
    words = cast(JsonObject, summary["wordCountEstimates"])
    yield f"words     {words['actual']} written, {words['total']} planned"
    yield f"score     {_score(output['qualityScore'])}"
    yield from _issues(output["issues"])
    if output["notice"]:
        yield f"notice    {output['notice']}"
    yield f"cost      {_cost(body['cost'])}"
    yield f"stored    job {output['jobId']} in {stored_in}"


def outline(structure_type: str, structure: JsonObject) -> Iterator[str]:
    """Yield the lines that show a structure: its title, its groups and their leaves, and an empty one."""
    shape = SHAPES[structure_type]
    overview = cast(JsonObject, structure[shape.overview])
    yield str(overview.get("title") or overview.get("name"))
    for group in cast(list[JsonObject], structure[shape.groups]):
        yield f"├── {_named(group, shape.group_labels)}"
        for leaf in cast(list[JsonObject], group[shape.leaves] if shape.leaves else []):
            yield f"│   ├── {_named(leaf, shape.leaf_labels)}"
    yield ""


def _named(element: JsonObject, labels: tuple[str, ...]) -> str:
    """Return the first of the labels that the element has, on one line."""
    label = next((element[key] for key in labels if element.get(key)), "")
    return " ".join(str(label).split())[:100]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the lines of an outline stand in a structure; ``leaves`` is empty where groups have none."""

    overview: str
    groups: str
    group_labels: tuple[str, ...]
    leaves: str = ""
    leaf_labels: tuple[str, ...] = ()


SHAPES = {
    "course": Shape("courseOverview", "modules", ("title",), "lessons", ("title",)),
    "quiz": Shape("quizOverview", "categories", ("name",), "questions", ("question",)),
    "novel": Shape("novelOverview", "acts", ("title", "purpose"), "chapters", ("title",)),
    "workflow": Shape("workflowOverview", "steps", ("name",)),
    "knowledge_map": Shape("mapOverview", "concepts", ("label",)),
    "learning_path": Shape("pathOverview", "milestones", ("title",), "activities", ("description",)),
}


def _cost(usd: Json) -> str:
    is_known = isinstance(usd, int | float)
    return amounts.shown(Decimal(repr(usd))) if is_known else "unknown: the model has no known price"


def _score(quality: object) -> str:
    return "not scored" if not isinstance(quality, int | float) else f"{quality * 100:.0f} of 100"


def _issues(issues: object) -> Iterator[str]:
    rows = cast(list[JsonObject], issues)
    yield f"issues    {len(rows) or 'none'}"
    for row in rows:
        yield f"          {row['severity']} {row['code']} at {row['path']}: {row['message']}"


def _failure(body: JsonObject) -> Iterator[str]:
    details = cast(JsonObject, body["details"])
    yield f"failed    {body['error']} ({body['code']})"
    yield f"because   {details['context']}"
    yield f"try       {details['suggestion']}"
    yield from _issues(details.get("issues") or [])
    yield f"cost      {_cost(body['cost'])}"
    yield f"stored    job {details['jobId']}"

"""What a callback is told of a job's end: the message, written in the batch that ends the job; not how it is sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Final, cast

from granulator.clock import moment
from granulator.model import Job, JobStatus, Json, JsonObject
from granulator.settings import Settings
from granulator.store import outbox
from granulator.store.database import Statement
from granulator.webhooks import callbacks, guard

log = logging.getLogger(__name__)

LARGEST_BODY_BYTES: Final = 1_000_000
"""Above it a message says where the structure is instead of holding it."""

ISSUES_MOST: Final = 100
"""So many issues stay in a message that is too large without its structure, too."""


def ended(
    settings: Settings,
    job: Job,
    status: JobStatus,
    body: JsonObject | None,
    *,
    now: int,
    new_id: Callable[[str], str],
) -> list[Statement]:
    """Return what to add to the batch that ends ``job``: the message its callback asked for, or nothing.

    ``body`` is what the caller of the job gets, None for a cancelled job.
    """
    if job.callback is None:
        return []
    try:
        callback = callbacks.unseal(settings, job.callback)
    except callbacks.Unreadable as error:
        log.error(str(error), extra={"facts": {"jobId": job.id}})
        return []
    event = callbacks.EVENT_OF[status]
    if event not in callback.events:
        return []
    return [
        outbox.add(
            message_id=new_id("msg"),
            execution_id=job.execution_id,
            event=event.value,
            url=guard.shown(callback.url),
            host=_host(callback.url),
            body=payload(event, job.id, body, now),
            max_tries=callback.retries + 1,
            now=now,
        )
    ]


def _host(url: str) -> str:
    """Return the host that shares its places with no other; a URL that a stricter version refuses fails when sent."""
    try:
        return guard.parse(url).host
    except guard.Refused:
        return ""


def payload(event: callbacks.Event, job_id: int, result: JsonObject | None, now: int) -> str:
    """Return the exact text to sign and send."""
    fields: JsonObject = {
        "event": event.value,
        "jobId": job_id,
        "status": event.value.rpartition(".")[2],
        "result": result,
        "timestamp": moment(now),
    }
    text = _text(fields)
    for smaller in (_with_address, _with_fewer_issues):
        if result is None or len(text.encode("utf-8")) <= LARGEST_BODY_BYTES:
            break
        result = smaller(result, job_id)
        text = _text({**fields, "result": result})
    return text


def _with_address(result: JsonObject, job_id: int) -> JsonObject:
    output = result.get("output")
    if not isinstance(output, dict):
        return result
    kept: JsonObject = {name: value for name, value in output.items() if name != "structure"}
    return {**result, "output": {**kept, "structureUrl": f"/api/jobs/{job_id}/structure"}}


def _with_fewer_issues(result: JsonObject, job_id: int) -> JsonObject:
    """Cut the one list of a body that grows with what was wrong: in ``output`` or, of a failed job, ``details``."""
    return {**result, **{name: _cut(result[name]) for name in ("output", "details") if name in result}}


def _cut(part: Json) -> Json:
    if not isinstance(part, dict) or not isinstance(part.get("issues"), list):
        return part
    issues = cast(list[Json], part["issues"])
    return {**part, "issues": issues[:ISSUES_MOST], "issueCount": len(issues)}


def _text(fields: JsonObject) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

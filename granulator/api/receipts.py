"""What a caller gets for work that was accepted and is not done yet, made from its rows; the same when made again."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from granulator.api import wire
from granulator.granulation.result import links
from granulator.model import JobStatus, Json


def accepted(job_id: int) -> Response:
    """Return the answer to an order that waits in line."""
    body = {"success": True, "status": JobStatus.PROCESSING.value, "jobId": job_id, "links": links(job_id)}
    return wire.reply(body, 202, {"Location": f"/api/jobs/{job_id}"})


def retried(job_id: int, original_id: int) -> Response:
    """Return the answer to the retry of a job, under its new id."""
    return wire.reply(
        {
            "success": True,
            "newJobId": job_id,
            "message": "Job retry initiated",
            "originalJobId": original_id,
            "status": JobStatus.PROCESSING.value,
            "links": links(job_id),
        }
    )


def sent_together(batch_id: str, job_ids: Sequence[int]) -> Response:
    """Return the answer to orders that were sent together, whose jobs wait in line."""
    path = f"/api/batch/{batch_id}"
    rows: list[Json] = [
        {"index": index, "jobId": job_id, "status": JobStatus.PROCESSING.value, "links": links(job_id)}
        for index, job_id in enumerate(job_ids)
    ]
    return wire.reply({"batchId": batch_id, "jobs": rows, "links": {"self": path}}, 202, {"Location": path})

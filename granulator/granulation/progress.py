"""What is shown of a job while it runs: its row moved on, and its watchers told when that changes anything."""

from __future__ import annotations

from dataclasses import dataclass, replace

from granulator.granulation import result
from granulator.model import Job, JobStatus, Lease, Stage
from granulator.store import events, jobs
from granulator.store.database import Statement


@dataclass(slots=True)
class Shown:
    """What was last shown of one run of a job; progress never falls."""

    status: JobStatus | None = None
    stage: Stage | None = None
    progress: int = 0


def advance(
    shown: Shown, job: Job, lease: Lease, *, status: JobStatus, stage: Stage, progress: int, now: int
) -> list[Statement]:
    """Return the statements that show where the job is, for behind a fence."""
    progress = max(progress, shown.progress, job.progress)
    if (shown.status, shown.stage, shown.progress) == (status, stage, progress):
        return []
    shown.status, shown.stage, shown.progress = status, stage, progress
    return [
        jobs.advance(lease, status=status, stage=stage, progress=progress),
        events.add(job.id, "progress", result.state(replace(job, status=status, stage=stage, progress=progress)), now),
    ]

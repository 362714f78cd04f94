"""Jobs: born, claimed, fenced, ended and read; nothing is written without the lease, nothing read across tenants."""

import dataclasses

import pytest

from granulator.model import Job, JobError, JobStatus, Lease, Page, Stage, StructureType, Usage
from granulator.store import jobs, queue, steps
from granulator.store.database import Database, GuardFailed, Statement, StatementRejected
from granulator.store.job_counts import JobCounts
from granulator.store.jobs import JobStats, NewJob
from tests.store.conftest import NOW
from tests.waiting import waiting

LATER = NOW + 30_001
"""The first millisecond at which a lease of 30 s taken at NOW is over."""


def counted(db: Database) -> JobCounts:
    """The counts of lists, as the service has them."""
    return JobCounts(db, lambda: NOW)


async def test_a_job_created_with_an_owner_is_running_its_first_attempt(db: Database, admit, new_job: NewJob) -> None:
    lease = await admit()

    given = {field.name: getattr(new_job, field.name) for field in dataclasses.fields(NewJob)}
    assert await jobs.by_id(db, lease.job_id) == Job(
        **given,
        id=lease.job_id,
        model=None,
        status=JobStatus.PROCESSING,
        stage=Stage.QUEUED,
        progress=0,
        attempt=1,
        cancel_requested=False,
        started_at=NOW,
        completed_at=None,
        quality_score=None,
        actual_elements=None,
        processing_time_ms=None,
        cost_nano_usd=None,
        usage=Usage(),
        takeovers=0,
        error=None,
        metadata={},
    )


async def test_a_job_created_without_an_owner_waits(db: Database, admit) -> None:
    lease = await admit(owner=None, lease_until=None)

    job = await jobs.by_id(db, lease.job_id)

    assert job is not None
    assert (job.attempt, job.started_at, job.owner) == (0, None, None)
    assert await waiting(db, NOW, 10) == (lease.job_id,)


async def test_an_execution_id_is_used_once(db: Database, admit) -> None:
    await admit()

    with pytest.raises(StatementRejected):
        await admit()


async def test_claim_takes_a_waiting_job_and_answers_with_the_new_attempt(db: Database, admit) -> None:
    lease = await admit(owner=None, lease_until=None)

    (claimed,) = await db.batch([queue.claim(lease.job_id, owner="proc-b", now=NOW + 5, lease_until=LATER)])

    job = await jobs.by_id(db, lease.job_id)
    assert claimed.rows == ({"attempt": 1},)
    assert job is not None
    assert (job.owner, job.attempt, job.lease_until, job.started_at) == ("proc-b", 1, LATER, NOW + 5)


async def test_claim_is_refused_while_the_lease_lives_and_wins_when_it_is_over(db: Database, admit) -> None:
    lease = await admit()

    with pytest.raises(GuardFailed):
        await db.batch(
            [
                queue.claim(
                    lease.job_id, owner="proc-b", now=NOW + 30_000, lease_until=LATER, expired_before=NOW + 30_000
                )
            ]
        )
    (claimed,) = await db.batch([queue.claim(lease.job_id, owner="proc-b", now=LATER, lease_until=LATER + 1)])

    assert claimed.rows == ({"attempt": 2},)


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
async def test_claim_never_takes_an_ended_job(db: Database, admit, status: JobStatus) -> None:
    lease = await admit()
    await db.batch([_fail(lease, status=status)])

    with pytest.raises(GuardFailed):
        await db.batch([queue.claim(lease.job_id, owner="proc-b", now=LATER, lease_until=LATER + 1)])

    assert await waiting(db, LATER, 10) == ()


async def test_a_late_commit_of_a_lost_lease_writes_nothing(db: Database, admit) -> None:
    lost = await admit()
    await db.batch([queue.claim(lost.job_id, owner="proc-b", now=LATER, lease_until=LATER + 9)])
    before = await jobs.by_id(db, lost.job_id)

    for batch in (
        [jobs.fence(lost), steps.put(lost, "outline", {}, LATER)],
        [_complete(lost)],
        [_fail(lost)],
    ):
        with pytest.raises(GuardFailed) as failure:
            await db.batch(batch)
        assert failure.value.index == 0
    await db.batch([jobs.advance(lost, status=JobStatus.RETRY, stage=Stage.STORE, progress=99), jobs.release(lost)])

    assert await jobs.by_id(db, lost.job_id) == before
    assert await steps.all(db, lost.job_id) == {}


async def test_an_owner_that_lost_and_claimed_again_cannot_commit_its_first_attempt(db: Database, admit) -> None:
    first = await admit()
    await db.batch([queue.claim(first.job_id, owner=first.owner, now=LATER, lease_until=LATER + 9)])

    with pytest.raises(GuardFailed):
        await db.batch([jobs.fence(first)])


async def test_renew_extends_a_living_lease_and_never_revives_one(db: Database, admit) -> None:
    lease = await admit()

    (kept,) = await db.batch([queue.extend(lease, now=NOW + 30_000, lease_until=NOW + 60_000)])
    (late,) = await db.batch([queue.extend(lease, now=NOW + 60_001, lease_until=NOW + 90_000)])

    job = await jobs.by_id(db, lease.job_id)
    assert (kept.changes, late.changes) == (1, 0)
    assert job is not None
    assert job.lease_until == NOW + 60_000


async def test_release_lets_another_process_start_at_once(db: Database, admit) -> None:
    lease = await admit()

    await db.batch([jobs.release(lease)])
    (claimed,) = await db.batch([queue.claim(lease.job_id, owner="proc-b", now=NOW, lease_until=LATER)])

    assert claimed.rows == ({"attempt": 2},)


async def test_a_claim_counts_as_takeover_only_when_an_owner_was_lost(db: Database, admit) -> None:
    released, lost = await admit(execution_id="released"), await admit(execution_id="lost")
    await db.batch([jobs.release(released)])

    await db.batch([queue.claim(each.job_id, owner="b", now=LATER, lease_until=LATER) for each in (released, lost)])

    takeovers = await db.all(Statement("SELECT execution_id, takeovers FROM jobs ORDER BY id"))
    assert takeovers == [{"execution_id": "released", "takeovers": 0}, {"execution_id": "lost", "takeovers": 1}]


async def test_takeovers_are_counted_anew_after_a_process_that_stored_a_step(db: Database, admit) -> None:
    lease = await admit()
    counts = []
    for number, owner in enumerate(("b", "c", "d", "e")):
        claimed = await db.batch([queue.claim(lease.job_id, owner=owner, now=LATER + number, lease_until=LATER)])
        lease = Lease(lease.job_id, owner, queue.claimed_attempt(claimed[0]))
        if owner == "c":
            await db.batch([jobs.fence(lease), steps.put(lease, "outline", {}, NOW)])
        row = await db.first(Statement("SELECT takeovers FROM jobs"))
        counts.append(row and row["takeovers"])

    assert counts == [1, 2, 0, 1]


async def test_advance_shows_the_stage_and_never_lets_progress_fall(db: Database, admit) -> None:
    lease = await admit()

    await db.batch([jobs.advance(lease, status=JobStatus.VALIDATING, stage=Stage.VALIDATE, progress=80)])
    await db.batch([jobs.advance(lease, status=JobStatus.RETRY, stage=Stage.REPAIR, progress=60)])

    job = await jobs.by_id(db, lease.job_id)
    assert job is not None
    assert (job.status, job.stage, job.progress) == (JobStatus.RETRY, Stage.REPAIR, 80)


async def test_complete_ends_the_job_and_lets_the_lease_go(db: Database, admit) -> None:
    lease = await admit()
    before = await jobs.by_id(db, lease.job_id)

    await db.batch([jobs.fence(lease), _complete(lease)])

    assert before is not None
    assert await jobs.by_id(db, lease.job_id) == dataclasses.replace(
        before,
        status=JobStatus.COMPLETED,
        stage=Stage.DONE,
        progress=100,
        owner=None,
        lease_until=None,
        completed_at=NOW + 7,
        quality_score=92,
        actual_elements=24,
        processing_time_ms=7,
        cost_nano_usd=2_325_000,
        usage=Usage(5, 6, 1, is_estimated=True),
        model="m-served",
        metadata={"repaired": False, "notes": ["ü"]},
    )


async def test_fail_keeps_stage_and_progress_and_says_why(db: Database, admit) -> None:
    lease = await admit()
    await db.batch([jobs.advance(lease, status=JobStatus.PROCESSING, stage=Stage.GENERATE, progress=40)])

    await db.batch([_fail(lease)])

    job = await jobs.by_id(db, lease.job_id)
    assert job is not None
    assert (job.status, job.stage, job.progress, job.owner, job.completed_at) == (
        JobStatus.FAILED,
        Stage.GENERATE,
        40,
        None,
        NOW + 7,
    )
    assert job.error == JobError("SOURCE_UNREADABLE", "No text", {"reason": "empty"})


async def test_get_shows_a_job_to_its_tenant_only(db: Database, admit) -> None:
    lease = await admit()

    own = await jobs.get(db, lease.job_id, "acme")

    assert own == await jobs.by_id(db, lease.job_id)
    assert own is not None
    assert await jobs.get(db, lease.job_id, "other") is None
    assert await jobs.get(db, lease.job_id + 1, "acme") is None


async def test_page_shows_the_tenants_jobs_newest_first_and_counts_all_matches(db: Database, admit) -> None:
    leases = [await admit(execution_id=f"exec_{n}") for n in range(5)]
    await admit(execution_id="exec_other", client_id="other", principal_id="key:other")

    first = await jobs.page(db, counted(db), client_id="acme", limit=2, offset=0)
    last = await jobs.page(db, counted(db), client_id="acme", limit=2, offset=4)
    beyond = await jobs.page(db, counted(db), client_id="acme", limit=2, offset=6)

    ids = [lease.job_id for lease in leases]
    assert [job.id for job in first.rows + last.rows] == [ids[4], ids[3], ids[0]]
    assert (first.total, last.total, beyond.rows, beyond.total) == (5, 5, (), 5)


async def test_page_filters_by_status_and_type_alone_and_together(db: Database, admit) -> None:
    courses = [await admit(execution_id=f"course_{n}") for n in range(2)]
    quiz = await admit(execution_id="quiz", structure_type=StructureType.QUIZ)
    await db.batch([_complete(courses[0]), _complete(quiz)])

    async def found(status: JobStatus | None, kind: StructureType | None) -> tuple[list[int], int]:
        page = await jobs.page(
            db, JobCounts(db, lambda: NOW), client_id="acme", status=status, structure_type=kind, limit=20, offset=0
        )
        return [job.id for job in page.rows], page.total

    assert await found(JobStatus.COMPLETED, None) == ([quiz.job_id, courses[0].job_id], 2)
    assert await found(None, StructureType.COURSE) == ([courses[1].job_id, courses[0].job_id], 2)
    assert await found(JobStatus.COMPLETED, StructureType.COURSE) == ([courses[0].job_id], 1)
    assert await found(JobStatus.CANCELLED, StructureType.QUIZ) == ([], 0)


async def test_retried_by_names_the_tenants_retries_oldest_first(db: Database, admit) -> None:
    lease = await admit()
    retries = [await admit(execution_id=f"retry_{n}", retry_of=lease.job_id) for n in range(2)]

    assert await jobs.retried_by(db, lease.job_id, "acme") == tuple(each.job_id for each in retries)
    assert await jobs.retried_by(db, lease.job_id, "other") == ()


async def test_stats_count_every_state_once_and_average_what_has_a_figure(db: Database, admit) -> None:
    good, bad, stopped, _running = [await admit(execution_id=f"exec_{n}") for n in range(4)]
    await db.batch([_complete(good)])
    await db.batch([_fail(bad, quality_score=31)])
    await db.batch([_fail(stopped, status=JobStatus.CANCELLED)])

    assert await jobs.stats(db, client_id="acme", since=NOW) == JobStats(
        total=4,
        completed=1,
        failed=1,
        cancelled=1,
        processing=1,
        avg_quality_score=0.615,
        avg_processing_time_ms=7.0,
    )


async def test_stats_without_jobs_have_no_averages(db: Database, admit) -> None:
    await admit()

    nothing = JobStats(0, 0, 0, 0, 0, None, None)
    assert await jobs.stats(db, client_id="acme", since=NOW + 1) == nothing
    assert await jobs.stats(db, client_id="other", since=0) == nothing


async def test_claimable_lists_expired_and_unclaimed_jobs_oldest_first(db: Database, admit) -> None:
    expired = await admit(execution_id="expired", lease_until=NOW - 1)
    await admit(execution_id="running")
    unclaimed = await admit(execution_id="waiting", owner=None, lease_until=None)

    assert await waiting(db, NOW, 10) == (expired.job_id, unclaimed.job_id)
    assert await waiting(db, NOW, 1) == (expired.job_id,)


async def test_oldest_waiting_is_the_longest_wait_of_a_job_that_nobody_runs(db: Database, admit) -> None:
    assert await queue.oldest_waiting(db, NOW) is None
    await admit(execution_id="running")
    assert await queue.oldest_waiting(db, NOW) is None

    await admit(execution_id="waiting", owner=None, lease_until=None, created_at=NOW - 400)
    await admit(execution_id="abandoned", lease_until=NOW - 300, created_at=NOW - 90_000)

    assert await queue.oldest_waiting(db, NOW) == 400


def _complete(lease: Lease):
    return jobs.complete(
        lease,
        now=NOW + 7,
        quality_score=92,
        actual_elements=24,
        processing_time_ms=7,
        cost_nano_usd=2_325_000,
        usage=Usage(5, 6, 1, is_estimated=True),
        model="m-served",
        metadata={"repaired": False, "notes": ["ü"]},
    )


def _fail(lease: Lease, *, status: JobStatus = JobStatus.FAILED, quality_score: int | None = None):
    return jobs.fail(
        lease,
        now=NOW + 7,
        error=JobError("SOURCE_UNREADABLE", "No text", {"reason": "empty"}),
        status=status,
        quality_score=quality_score,
        processing_time_ms=7,
        cost_nano_usd=0,
        usage=Usage(),
        model=None,
        metadata={},
    )


async def test_the_bill_of_a_validation_is_run_and_paid_like_a_job_and_listed_nowhere(db: Database, admit) -> None:
    lease = await admit(kind="validation", owner=None, lease_until=None)

    assert await jobs.get(db, lease.job_id, "acme") is None
    for status in (None, JobStatus.PROCESSING):
        assert await jobs.page(
            db, JobCounts(db, lambda: NOW), client_id="acme", status=status, limit=9, offset=0
        ) == Page((), 0)
    assert (await jobs.stats(db, client_id="acme", since=0)).total == 0
    assert await jobs.by_id(db, lease.job_id) is not None
    assert await waiting(db, NOW, 9) == (lease.job_id,)

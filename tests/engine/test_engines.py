"""The embedded engine: it runs what waits, within its limits, keeps what it runs and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from granulator.engine.claims import Claims
from granulator.model import Lease
from granulator.store import jobs, queue
from granulator.store.database import GuardFailed
from tests.engine.conftest import LEASE_MS, Bench, serving, until
from tests.waiting import waiting


async def test_a_delivered_job_is_run_without_waiting_for_the_next_look(bench: Bench) -> None:
    engine = bench.engine("a")
    ran = asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease):
            await bench.end(lease)
            ran.set()

    async with serving(engine, run):
        await until(lambda: engine.is_alive)
        job_id = await bench.wait()
        await engine.deliver(job_id)
        await asyncio.wait_for(ran.wait(), 5)


async def test_no_principal_ever_runs_more_than_it_may_whoever_serves(bench: Bench) -> None:
    first, second = bench.engine("a", per_principal=3), bench.engine("b", per_principal=3)
    for n in range(60):
        await bench.wait(f"key:{n % 3}")
    live: Counter[str] = Counter()
    most: Counter[str] = Counter()
    ended: list[int] = []
    is_full = asyncio.Event()

    def runner(engine):
        async def run(lease: Lease) -> None:
            with engine.hold(lease):
                job = await jobs.by_id(bench.db, lease.job_id)
                assert job is not None
                live[job.principal_id] += 1
                most[job.principal_id] = max(most[job.principal_id], live[job.principal_id])
                if sum(live.values()) == 9:
                    is_full.set()
                await is_full.wait()
                live[job.principal_id] -= 1
                await bench.end(lease)
                ended.append(lease.job_id)

        return run

    async with serving(first, runner(first)), serving(second, runner(second)):
        await until(lambda: len(ended) == 60)

    assert sorted(ended) == list(range(1, 61))
    assert most == {"key:0": 3, "key:1": 3, "key:2": 3}


async def test_one_job_delivered_to_two_engines_is_run_by_one(bench: Bench) -> None:
    first, second = bench.engine("a"), bench.engine("b")
    job_id = await bench.wait()

    leases = await asyncio.gather(first.claim(job_id), second.claim(job_id))

    assert [lease for lease in leases if lease is not None] in ([Lease(1, "a", 1)], [Lease(1, "b", 1)])


async def test_the_lease_of_a_job_in_hand_is_extended(bench: Bench) -> None:
    engine = bench.engine("a")
    lease = await engine.claim(await bench.wait())
    assert lease is not None

    with engine.hold(lease):
        bench.clock.now += LEASE_MS // 2
        await engine.leases.beat()
        bench.clock.now += LEASE_MS // 2 + 1

        assert await waiting(bench.db, bench.clock.now, 9) == ()


async def test_an_expired_lease_that_nobody_took_is_begun_again(bench: Bench) -> None:
    engine = bench.engine("a", per_principal=1)
    lease = await engine.claim(await bench.wait())
    assert lease is not None

    with engine.hold(lease):
        bench.clock.now += LEASE_MS + 1
        await engine.secure(lease)

        assert await waiting(bench.db, bench.clock.now, 9) == ()


async def test_a_lease_that_ended_before_its_batch_was_committed_is_begun_again_first(bench: Bench) -> None:
    engine = bench.engine("a")
    until = bench.clock.now + LEASE_MS
    lease = Lease(await bench.admit(owner="a", lease_until=until), "a", 1, until)
    bench.clock.now += LEASE_MS + 1

    with engine.hold(lease):
        assert await waiting(bench.db, bench.clock.now, 9) == (lease.job_id,)
        await engine.secure(lease)

        assert await waiting(bench.db, bench.clock.now, 9) == ()


async def test_nothing_more_is_begun_under_a_lease_whose_room_another_job_took(bench: Bench) -> None:
    engine = bench.engine("a", per_principal=1)
    lease = await engine.claim(await bench.wait())
    assert lease is not None

    with engine.hold(lease):
        bench.clock.now += LEASE_MS + 1
        other = await bench.wait()
        assert await bench.engine("b", per_principal=1).claims.claim(other) is not None

        with pytest.raises(GuardFailed):
            await engine.secure(lease)
        # What is there may still be stored: nobody else has the job.
        await bench.db.batch([jobs.fence(lease)])


async def test_work_on_a_job_that_another_process_has_is_stopped(bench: Bench) -> None:
    engine, successor = bench.engine("a"), bench.engine("b")
    lease = await engine.claim(await bench.wait())
    assert lease is not None
    has_begun = asyncio.Event()

    async def work() -> None:
        with engine.hold(lease):
            has_begun.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await has_begun.wait()
    bench.clock.now += LEASE_MS + 1
    assert await successor.claims.claim(lease.job_id) is not None
    await engine.leases.beat()

    with pytest.raises(GuardFailed):
        await asyncio.wait_for(working, 5)
    assert working.cancelling() == 0


async def test_a_wish_to_cancel_of_another_process_reaches_the_job(bench: Bench) -> None:
    engine = bench.engine("a")
    has_begun, outcome = asyncio.Event(), asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease) as held:
            has_begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if held.is_cancelled:
                    await bench.end(lease)
                    outcome.set()

    async with serving(engine, run):
        job_id = await bench.wait()
        await engine.deliver(job_id)
        await asyncio.wait_for(has_begun.wait(), 5)
        await bench.db.batch([queue.request_cancel(job_id)])

        await asyncio.wait_for(outcome.wait(), 5)


async def test_an_engine_that_stops_hands_back_what_it_runs_at_once(bench: Bench) -> None:
    engine = bench.engine("a")
    has_begun = asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease):
            has_begun.set()
            await asyncio.Event().wait()

    job_id = await bench.wait()
    async with serving(engine, run):
        await asyncio.wait_for(has_begun.wait(), 5)

    assert await waiting(bench.db, bench.clock.now, 9) == (job_id,)
    assert not engine.is_alive


async def test_draining_takes_nothing_more_and_waits_for_what_runs(bench: Bench) -> None:
    engine = bench.engine("a", at_once=1)
    may_end, has_begun = asyncio.Event(), asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease):
            has_begun.set()
            await may_end.wait()
            await bench.end(lease)

    running, waits = await bench.wait(), await bench.wait()
    async with serving(engine, run):
        await asyncio.wait_for(has_begun.wait(), 5)
        draining = asyncio.create_task(engine.drain(20))
        await asyncio.sleep(0)
        assert not engine.is_alive
        may_end.set()
        await asyncio.wait_for(draining, 5)

    ended = await jobs.by_id(bench.db, running)
    assert ended is not None
    assert ended.status.is_terminal
    assert await waiting(bench.db, bench.clock.now, 9) == (waits,)


async def test_a_job_whose_run_breaks_stays_open_and_the_engine_goes_on(bench: Bench) -> None:
    engine = bench.engine("a")
    ended = asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease):
            if lease.job_id == 1:
                raise RuntimeError("broken")
            await bench.end(lease)
            ended.set()

    async with serving(engine, run):
        for _ in range(2):
            await engine.deliver(await bench.wait())
        await asyncio.wait_for(ended.wait(), 5)

    broken = await jobs.by_id(bench.db, 1)
    assert broken is not None
    assert not broken.status.is_terminal


async def test_a_claim_that_waited_too_long_is_given_back(bench: Bench) -> None:
    class Slow:
        """A database behind which half a lease passes with every batch."""

        async def batch(self, statements):
            done = await bench.db.batch(statements)
            bench.clock.now += LEASE_MS // 2 + 1
            return done

        async def all(self, statement):
            return await bench.db.all(statement)

    claims = Claims(Slow(), bench.engine("a").leases)
    job_id = await bench.wait()

    assert await claims.claim(job_id) is None
    assert await waiting(bench.db, bench.clock.now, 9) == (job_id,)


async def test_a_process_that_could_not_write_leaves_the_others_one_lease_more(bench: Bench) -> None:
    engine = bench.engine("a")
    left = await bench.admit(owner="dead", lease_until=bench.clock.now + 5)
    bench.clock.now += 10

    assert await engine.claims.candidates(9) == (left,)
    engine.leases.note_failure()
    assert await engine.claims.candidates(9) == ()
    bench.clock.now += LEASE_MS + 1
    assert await engine.claims.candidates(9) == (left,)


async def test_a_process_never_claims_what_it_has_in_hand(bench: Bench) -> None:
    engine = bench.engine("a")
    lease = await engine.claim(await bench.wait())
    assert lease is not None

    with engine.hold(lease):
        bench.clock.now += LEASE_MS + 1

        assert await engine.claims.candidates(9) == ()
        assert await bench.engine("b").claims.candidates(9) == (lease.job_id,)

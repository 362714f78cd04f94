"""A process that dies around the delivery of a webhook: it arrives at least once, and always under one id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from granulator.model import Principal
from granulator.services import open_services
from granulator.settings import Settings
from granulator.store import outbox, webhook_tries
from granulator.store.database import Database, Result, Statement
from granulator.store.outbox import State
from granulator.webhooks.callbacks import Callback
from granulator.webhooks.delivery import CLAIM_MS, Courier, deliver_due
from tests.crash.dying import Clock, DyingDatabase, ProcessDied
from tests.receivers import receiving
from tests.webhooks.conftest import ended_job

ACME = Principal("key", "key:1", "acme")

SENT = {(1, False): 1, (1, True): 1, (2, False): 2, (2, True): 1}
"""How often the receiver hears of the job when the process dies at its nth batch (claim, record), before or after."""


@pytest.mark.parametrize(("point", "sent"), SENT.items())
async def test_a_process_that_dies_is_followed_by_one_that_delivers_under_the_same_id(
    settings: Settings, point: tuple[int, bool], sent: int
) -> None:
    clock = Clock()
    lenient = replace(settings, webhook_allow_hosts=("127.0.0.1",))
    async with receiving() as receiver, open_services(lenient, now_ms=clock) as services:
        await ended_job(services, ACME, Callback(receiver.url, retries=0))
        doomed = replace(services, db=DyingDatabase(services.db, *point))
        with pytest.raises(ProcessDied):
            await deliver_due(Courier(doomed))
        at_once = await deliver_due(Courier(services))
        clock.now += CLAIM_MS

        later = await deliver_due(Courier(services))

        (found,) = (await outbox.page(services.db, client_id="acme", limit=2, offset=0)).rows
        tries = await webhook_tries.of_message(services.db, found.message_id)
    assert (at_once, later) == {(1, False): (1, 0), (1, True): (0, 1), (2, False): (0, 1), (2, True): (0, 0)}[point]
    assert [request.headers["webhook-id"] for request in receiver.requests] == [found.message_id] * sent
    assert (found.state, [each.number for each in tries]) == (State.DELIVERED, [found.tries])


async def test_a_process_that_slept_past_its_claim_logs_its_try_and_decides_nothing(settings: Settings) -> None:
    clock = Clock()
    lenient = replace(settings, webhook_allow_hosts=("hooks.example.com",))
    async with receiving() as receiver, open_services(lenient, now_ms=clock) as services:
        await ended_job(services, ACME, Callback(f"http://hooks.example.com:{receiver.port}/", retries=0))

        async def loopback(host: str) -> list[str]:
            return ["127.0.0.1"]

        async def sleep(host: str) -> list[str]:
            clock.now += CLAIM_MS
            await deliver_due(Courier(services, lookup=loopback))
            raise OSError

        await deliver_due(Courier(services, lookup=sleep))

        (found,) = (await outbox.page(services.db, client_id="acme", limit=2, offset=0)).rows
        tries = await webhook_tries.of_message(services.db, found.message_id)
    assert (found.state, found.tries, receiver.connections) == (State.DELIVERED, 2, 1)
    assert [(each.number, each.response_status) for each in tries] == [(1, None), (2, 200)]


async def test_a_claim_whose_commit_took_too_long_is_left_to_the_next(settings: Settings) -> None:
    clock = Clock()
    lenient = replace(settings, webhook_allow_hosts=("127.0.0.1",))
    async with receiving() as receiver, open_services(lenient, now_ms=clock) as services:
        await ended_job(services, ACME, Callback(receiver.url))
        slow = replace(services, db=SlowDatabase(services.db, clock))

        counts = [await deliver_due(Courier(slow)), await deliver_due(Courier(services))]
        clock.now += CLAIM_MS
        counts.append(await deliver_due(Courier(services)))

    assert (counts, receiver.connections) == ([0, 0, 1], 1)


class SlowDatabase(DyingDatabase):
    """A database on which every batch takes half of a claim."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, 1_000, is_committed=True)
        self.clock = clock

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        done = await super().batch(statements)
        self.clock.now += CLAIM_MS // 2
        return done

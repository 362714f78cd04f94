"""Delivery to real receivers: what is sent, what counts as delivered, and what becomes of all else."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from standardwebhooks.webhooks import Webhook

from granulator import __version__
from granulator.api import keys
from granulator.api.keys import IssuedKey
from granulator.errors import DatabaseError
from granulator.model import JobStatus, Principal
from granulator.services import Services, open_services
from granulator.store import outbox, webhook_tries
from granulator.store.database import Database, Result, Row, Statement
from granulator.store.outbox import Delivery, State
from granulator.webhooks import delivery, messages, signing
from granulator.webhooks.callbacks import Callback, Event
from granulator.webhooks.delivery import Courier, deliver_due
from tests.receivers import OK, Endless, answer, hang, receiving
from tests.unit.webhooks.test_signing import by_hand
from tests.webhooks.conftest import RESULT, Clock, EndJob, ended_job


@dataclass
class FailingDatabase:
    """A database that does not answer to some batches, by number from 1; ``lost`` ones are applied all the same."""

    database: Database
    failing: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    seen: int = 0

    async def all(self, statement: Statement) -> list[Row]:
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.seen += 1
        if self.seen in self.failing:
            raise DatabaseError("The database did not answer")
        done = await self.database.batch(statements)
        if self.seen in self.lost:
            raise DatabaseError("The database did not answer")
        return done

    async def close(self) -> None:
        await self.database.close()


async def only(services: Services) -> Delivery:
    found = await outbox.page(services.db, client_id="acme", limit=2, offset=0)
    assert found.total == 1
    return found.rows[0]


async def log_of(services: Services) -> list[tuple[int, int | None, str | None]]:
    tries = await webhook_tries.of_message(services.db, (await only(services)).message_id)
    return [(each.number, each.response_status, each.error) for each in tries]


async def test_a_message_is_sent_as_documented_signed_and_with_the_callers_headers(
    courier: Courier, clock: Clock, end_job: EndJob, key: IssuedKey
) -> None:
    clock.now = time.time_ns() // 1_000_000
    async with receiving() as receiver:
        url = f"{receiver.url}/a%20b?token=s3cret"
        job = await end_job(Callback(url, {"Authorization": "Bearer t0p", "X-Name": "Zoë"}))
        assert await deliver_due(courier) == 1
        (request,) = receiver.requests

    found = await only(courier.services)
    body = request.body.decode()
    assert request.line == "POST /hook/a%20b?token=s3cret HTTP/1.1"
    assert json.loads(body) == {
        "event": "granulation.completed",
        "jobId": job.id,
        "status": "completed",
        "result": RESULT,
        "timestamp": json.loads(body)["timestamp"],
    }
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": f"Granulator/{__version__}",
        "authorization": "Bearer t0p",
        "x-name": "Zoë",
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "webhook-id": found.message_id,
        "webhook-timestamp": str(clock.now // 1000),
        "webhook-signature": by_hand(key.webhook_secret, found.message_id, str(clock.now // 1000), body),
        "connection": "close",
    }
    assert Webhook(key.webhook_secret).verify(request.body, request.headers) == json.loads(body)
    assert found == Delivery(
        id=1,
        message_id=found.message_id,
        job_id=job.id,
        event="granulation.completed",
        url=f"http://127.0.0.1:{receiver.port}/hook/a%20b?token=***",
        state=State.DELIVERED,
        tries=1,
        max_tries=4,
        response_status=200,
        last_error=None,
        next_at=None,
        created_at=clock.now,
        delivered_at=clock.now,
        callback=job.callback,
    )
    assert found.message_id.startswith("msg_")
    assert "." not in found.message_id


async def test_a_caller_may_name_its_own_user_agent(courier: Courier, end_job: EndJob) -> None:
    async with receiving() as receiver:
        await end_job(Callback(receiver.url, {"user-agent": "mine"}))
        await deliver_due(courier)

    assert receiver.requests[0].headers["user-agent"] == "mine"


async def test_a_failed_try_is_repeated_after_its_pause_with_the_same_id_and_body(
    courier: Courier, clock: Clock, end_job: EndJob
) -> None:
    async with receiving(answer(500), answer(503, "Retry-After: 60"), OK) as receiver:
        await end_job(Callback(receiver.url))
        counts = []
        for pause in (0, 4_999, 1, 59_999, 1):
            clock.now += pause
            counts.append(await deliver_due(courier))

    assert counts == [1, 0, 1, 0, 1]
    assert len({(request.body, request.headers["webhook-id"]) for request in receiver.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 3
    assert await log_of(courier.services) == [
        (1, 500, "the receiver answered 500"),
        (2, 503, "the receiver answered 503"),
        (3, 200, None),
    ]
    assert (await only(courier.services)).state is State.DELIVERED


async def test_after_its_last_try_a_message_is_kept_as_failed(courier: Courier, clock: Clock, end_job: EndJob) -> None:
    async with receiving(answer(500)) as receiver:
        await end_job(Callback(receiver.url, retries=1))
        for _ in range(3):
            await deliver_due(courier)
            clock.now += 86_400_000

    found = await only(courier.services)
    assert (found.state, found.tries, found.next_at, found.last_error) == (
        State.FAILED,
        2,
        None,
        "the receiver answered 500",
    )
    assert len(receiver.requests) == 2


async def test_the_pauses_of_a_redelivered_message_begin_again(courier: Courier, clock: Clock, end_job: EndJob) -> None:
    async with receiving(answer(500)) as receiver:
        await end_job(Callback(receiver.url, retries=2))
        pauses = []
        for is_last in (False, False, True, False, False, True):
            await deliver_due(courier)
            found = await only(courier.services)
            pauses.append(None if found.next_at is None else found.next_at - clock.now)
            clock.now = found.next_at or clock.now
            if is_last:
                await courier.services.db.batch([outbox.redeliver(found.id, tries=3, now=clock.now)])

    assert pauses == [5_000, 20_000, None] * 2
    assert len(receiver.requests) == 6


async def test_410_ends_a_message_at_once(courier: Courier, clock: Clock, end_job: EndJob) -> None:
    async with receiving(answer(410)) as receiver:
        await end_job(Callback(receiver.url, retries=10))
        await deliver_due(courier)
        clock.now += 86_400_000
        await deliver_due(courier)

    assert ((await only(courier.services)).state, len(receiver.requests)) == (State.FAILED, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failed_try_and_nobody_goes_there(courier: Courier, end_job: EndJob, status: int) -> None:
    async with receiving() as trap, receiving(answer(status, f"Location: {trap.url}")) as receiver:
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    assert (len(receiver.requests), trap.connections) == (1, 0)
    assert await log_of(courier.services) == [(1, status, f"the receiver answered {status}")]


async def test_a_receiver_that_hangs_is_given_up_when_the_whole_time_is_over(courier: Courier, end_job: EndJob) -> None:
    async with receiving(hang) as receiver:
        await end_job(Callback(receiver.url))
        started = time.monotonic()
        await deliver_due(replace(courier, send_seconds=0.3))

    assert 0.2 < time.monotonic() - started < 5
    assert await log_of(courier.services) == [(1, None, "no answer within 0.3 s")]


async def test_a_status_that_drips_byte_by_byte_does_not_extend_the_time(courier: Courier, end_job: EndJob) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK" + b" " * 10_000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with receiving(drip) as receiver:
        await end_job(Callback(receiver.url))
        started = time.monotonic()
        await deliver_due(replace(courier, send_seconds=0.5))

    assert time.monotonic() - started < 5
    assert await log_of(courier.services) == [(1, None, "no answer within 0.5 s")]


async def test_an_endless_body_is_cut_off_and_its_status_counts(courier: Courier, end_job: EndJob) -> None:
    endless = Endless()
    async with receiving(endless) as receiver:
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    assert await log_of(courier.services) == [(1, 200, None)]
    # What the buffers between us took, and no more.
    assert endless.sent < 20_000_000


async def test_a_body_that_never_comes_does_not_undo_the_status(courier: Courier, end_job: EndJob) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 OK\r\nContent-Length: 10\r\n\r\nabc")
        await writer.drain()
        await reader.read()

    async with receiving(stall) as receiver:
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    assert await log_of(courier.services) == [(1, 204, None)]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "the answer was not HTTP, or ended early"),
        (b"\x00\xff" * 1000, "the answer was not HTTP, or ended early"),
        (b"", "the answer was not HTTP, or ended early"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "the answer was not HTTP, or ended early"),
    ],
)
async def test_garbage_is_a_failed_try(courier: Courier, end_job: EndJob, script: bytes, error: str) -> None:
    async with receiving(script) as receiver:
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    assert await log_of(courier.services) == [(1, None, error)]


async def test_a_closed_port_is_a_failed_try(courier: Courier, end_job: EndJob) -> None:
    async with receiving() as receiver:
        pass
    await end_job(Callback(receiver.url))

    await deliver_due(courier)

    assert await log_of(courier.services) == [(1, None, "the host refused the connection or could not be reached")]


async def test_the_address_is_checked_again_at_every_try(services: Services, clock: Clock, end_job: EndJob) -> None:
    async with receiving() as receiver:
        await end_job(Callback(f"http://example.com:{receiver.port}/"))
        answers = iter([["127.0.0.1"], ["169.254.169.254"]])

        async def rebinding(host: str) -> list[str]:
            return next(answers)

        strict = replace(services, settings=replace(services.settings, webhook_allow_hosts=()))
        for _ in range(2):
            await deliver_due(Courier(strict, lookup=rebinding, jitter=lambda: 0.5))
            clock.now += 5_000

    assert receiver.connections == 0
    assert await log_of(services) == [
        (1, None, "example.com has an address that is not public"),
        (2, None, "example.com has an address that is not public"),
    ]


async def test_the_name_is_sent_while_the_checked_address_is_connected_to(services: Services, end_job: EndJob) -> None:
    async def lookup(host: str) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    lenient = replace(services, settings=replace(services.settings, webhook_allow_hosts=("127.0.0.0/8",)))
    async with receiving() as receiver:
        await end_job(Callback(f"http://hooks.example.com:{receiver.port}/"))
        await deliver_due(Courier(lenient, lookup=lookup))

    # Nobody listens at the first of the two addresses.
    assert [request.headers["host"] for request in receiver.requests] == [f"hooks.example.com:{receiver.port}"]


async def test_the_environment_names_no_proxy(
    courier: Courier, end_job: EndJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    assert (len(receiver.requests), proxy.connections) == (1, 0)


async def test_a_rotated_key_signs_with_both_secrets_until_the_grace_is_over(
    courier: Courier, clock: Clock, end_job: EndJob, key: IssuedKey
) -> None:
    clock.now = time.time_ns() // 1_000_000
    async with receiving() as receiver:
        rotated = await keys.rotate(courier.services, key.key.id, grace_seconds=60)
        await end_job(Callback(receiver.url))
        await deliver_due(courier)
        clock.now += 60_000
        await end_job(Callback(receiver.url))
        await deliver_due(courier)

    during, after = receiver.requests
    for secret in (rotated.webhook_secret, key.webhook_secret):
        Webhook(secret).verify(during.body, during.headers)
    stamp = after.headers["webhook-timestamp"]
    assert after.headers["webhook-signature"] == by_hand(
        rotated.webhook_secret, after.headers["webhook-id"], stamp, after.body.decode()
    )


async def test_a_job_of_a_revoked_key_still_reports_under_its_signature(
    courier: Courier, clock: Clock, end_job: EndJob, key: IssuedKey
) -> None:
    clock.now = time.time_ns() // 1_000_000
    async with receiving() as receiver:
        await end_job(Callback(receiver.url))
        await keys.revoke(courier.services, key.key.id)
        await deliver_due(courier)

    Webhook(key.webhook_secret).verify(receiver.requests[0].body, receiver.requests[0].headers)


async def test_a_workers_job_is_signed_with_the_secret_the_command_prints(courier: Courier, clock: Clock) -> None:
    clock.now = time.time_ns() // 1_000_000
    worker = Principal("worker", "worker:publisher/acme", "acme")
    async with receiving() as receiver:
        await ended_job(courier.services, worker, Callback(receiver.url))
        await deliver_due(courier)

    (secret,) = signing.own_secrets(courier.services.settings, worker.id)
    Webhook(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)


@pytest.mark.parametrize(
    ("status", "body", "event"),
    [
        (JobStatus.FAILED, {"success": False}, "granulation.failed"),
        (JobStatus.CANCELLED, None, "granulation.cancelled"),
    ],
)
async def test_each_end_has_its_event(courier: Courier, status: JobStatus, body: object, event: str) -> None:
    caller = Principal("key", "key:1", "acme")
    async with receiving() as receiver:
        await ended_job(courier.services, caller, Callback(receiver.url), status=status, body=body)
        await deliver_due(courier)

    sent = json.loads(receiver.requests[0].body)
    assert (sent["event"], sent["status"], sent["result"]) == (event, status.value, body)


async def test_an_event_nobody_asked_for_makes_no_message(courier: Courier, end_job: EndJob) -> None:
    await end_job(Callback("http://127.0.0.1/", events=(Event.FAILED,)))
    await end_job(Callback("http://127.0.0.1/", events=()))

    assert (await outbox.page(courier.services.db, client_id="acme", limit=1, offset=0)).total == 0


async def test_a_callback_that_cannot_be_read_ends_as_failed_and_says_why(
    courier: Courier, clock: Clock, end_job: EndJob, caplog: pytest.LogCaptureFixture
) -> None:
    await end_job(Callback("http://127.0.0.1/", retries=1))
    settings = replace(courier.services.settings, session_secret="another-secret")
    changed = replace(courier, services=replace(courier.services, settings=settings))

    for _ in range(2):
        await deliver_due(changed)
        clock.now += 86_400_000

    found = await only(courier.services)
    assert (found.state, found.tries, found.last_error) == (
        State.FAILED,
        2,
        "the callback can no longer be read by this server",
    )
    # What the operator did is not the tenant's to know.
    assert "SESSION_SECRET was changed" in caplog.text


async def test_a_job_whose_callback_cannot_be_read_ends_all_the_same(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    changed = replace(services, settings=replace(services.settings, session_secret="another-secret"))
    job = await ended_job(services, Principal("key", "key:1", "acme"), Callback("http://127.0.0.1/"))

    found = messages.ended(changed.settings, job, JobStatus.COMPLETED, {}, now=changed.now_ms(), new_id=changed.new_id)

    assert found == []
    assert "SESSION_SECRET was changed" in caplog.text


async def test_a_callback_that_is_refused_by_now_does_not_keep_its_job_from_ending(
    courier: Courier, end_job: EndJob
) -> None:
    await end_job(Callback("http://user:pass@example.com/", retries=0))

    await deliver_due(courier)

    assert await log_of(courier.services) == [
        (1, None, "The URL must not hold a user name or password; send them in headers")
    ]


async def test_two_senders_on_one_file_deliver_each_message_once(
    services: Services, clock: Clock, end_job: EndJob
) -> None:
    async with receiving() as receiver, open_services(services.settings, now_ms=clock) as other:
        for _ in range(40):
            await end_job(Callback(receiver.url))
        working = [asyncio.create_task(delivery.work(Courier(each))) for each in (services, other)]
        await receiver.seen(40)
        await stopped(*working)
        counts = await services.db.all(Statement("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state"))

    assert [(row["state"], row["n"]) for row in counts] == [("delivered", 40)]
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == len(receiver.requests) == 40


async def test_a_receiver_that_hangs_does_not_hold_up_the_others(courier: Courier, end_job: EndJob) -> None:
    async with receiving(hang) as hanging, receiving() as receiver:
        for _ in range(100):
            await end_job(Callback(hanging.url))
        for _ in range(20):
            await end_job(Callback(receiver.url.replace("127.0.0.1", "hooks.example.com")))

        async def lookup(host: str) -> list[str]:
            return ["127.0.0.1"]

        working = asyncio.create_task(delivery.work(replace(courier, lookup=lookup, farewell_seconds=0)))
        await receiver.seen(20)
        assert len(hanging.requests) <= delivery.PER_HOST
        await stopped(working)


async def test_what_is_being_sent_when_the_process_stops_is_due_again_at_once(
    courier: Courier, end_job: EndJob
) -> None:
    async with receiving(hang, OK) as receiver:
        await end_job(Callback(receiver.url))
        working = asyncio.create_task(delivery.work(replace(courier, farewell_seconds=0)))
        await receiver.seen(1)
        await stopped(working)

        assert await deliver_due(courier) == 1

    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert await log_of(courier.services) == [(2, 200, None)]


@pytest.mark.parametrize(
    "outage",
    [{"failing": (1, 3, 4)}, {"lost": (2,)}, {"failing": (2,), "lost": (3,)}],
    ids=["claims and records fail", "the answer of a record is lost", "both"],
)
async def test_a_message_is_sent_and_logged_once_however_the_database_fails(
    courier: Courier, end_job: EndJob, outage: dict[str, tuple[int, ...]]
) -> None:
    broken = FailingDatabase(courier.services.db, **outage)
    async with receiving() as receiver:
        await end_job(Callback(receiver.url))
        working = asyncio.create_task(delivery.work(replace(courier, services=replace(courier.services, db=broken))))
        await receiver.seen(1)
        await stopped(working)

    assert broken.seen > max(max(batches) for batches in outage.values())
    assert (await only(courier.services)).state is State.DELIVERED
    assert (len(receiver.requests), await log_of(courier.services)) == (1, [(1, 200, None)])


async def test_nothing_secret_is_in_the_database_file_or_in_the_log(
    courier: Courier, clock: Clock, end_job: EndJob, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(answer(500), b"junk", answer(302, "Location: http://x/"), OK) as receiver:
        await end_job(Callback(f"{receiver.url}?key=url-s3cret", {"X-Token": "header-s3cret"}))
        for _ in range(4):
            await deliver_due(courier)
            clock.now += 1_000_000

    path = courier.services.settings.sqlite_path
    assert path is not None
    stored = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert (await only(courier.services)).state is State.DELIVERED
    assert b"webhook_tries" in stored
    assert b"s3cret" not in stored
    assert "s3cret" not in caplog.text


async def stopped(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task

"""Delivery: the loop that claims due messages, sends each once and records how that ended. At least once, one id.

Several processes may run it. A process that dies between sending and recording is followed by another that sends the
message again, under the same ``webhook-id``.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from granulator import __version__
from granulator.errors import DatabaseError
from granulator.services import Services
from granulator.store import outbox, webhook_tries
from granulator.store.database import GuardFailed, Statement, StatementRejected
from granulator.store.outbox import Due, Message, State
from granulator.store.webhook_tries import Try
from granulator.webhooks import callbacks, guard, retrying, signing
from granulator.webhooks.addresses import Address
from granulator.webhooks.callbacks import Callback
from granulator.webhooks.retrying import Answer, Decision

log = logging.getLogger(__name__)

SEND_SECONDS: Final = 15.0
"""For everything: resolving the name, connecting, sending and the status of the answer."""

CLAIM_MS: Final = 45_000
"""Sending, and twice the longest wait for a write lock: for the claim itself and for the record."""

POLL_SECONDS: Final = 0.5
RECORD_PAUSE_SECONDS: Final = 0.5
AT_ONCE: Final = 64
PER_HOST: Final = 4
"""One receiver that hangs takes so many of the places, and no more."""

READ_AHEAD: Final = 256
FAREWELL_SECONDS: Final = 2.0
"""For what is being sent when the process is stopped; then it is handed back."""


class Post(Protocol):
    """Sends one request; ``sending.post`` is the one there is."""

    async def __call__(
        self,
        target: guard.Target,
        addresses: Sequence[Address],
        headers: Mapping[str, str],
        body: bytes,
        trust: ssl.SSLContext | None = None,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Courier:
    """Who delivers: the services, and what tests put in place of the world."""

    services: Services
    lookup: guard.Lookup = guard.lookup
    trust: ssl.SSLContext | None = None
    jitter: Callable[[], float] = random.random
    send_seconds: float = SEND_SECONDS
    farewell_seconds: float = FAREWELL_SECONDS


async def serve(services: Services) -> None:
    """Deliver what is due until cancelled; then hand back what is not done."""
    await work(Courier(services))


async def work(courier: Courier) -> None:
    """Deliver what is due until cancelled, many at once but few to each host."""
    running: dict[asyncio.Task[None], Due] = {}
    try:
        while True:
            for claimed in await _claim_patiently(courier, tuple(running.values())):
                running[asyncio.create_task(_deliver(courier, claimed))] = claimed
            if running:
                await asyncio.wait(running, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(POLL_SECONDS)
            running = {task: claimed for task, claimed in running.items() if not task.done()}
    finally:
        await _stop(courier, running)


async def deliver_due(courier: Courier) -> int:
    """Deliver what is due now and return how many messages that were."""
    claimed = await _claim(courier.services, ())
    await asyncio.gather(*(_deliver(courier, each) for each in claimed))
    return len(claimed)


async def _claim_patiently(courier: Courier, running: Sequence[Due]) -> tuple[Due, ...]:
    try:
        return await _claim(courier.services, running)
    except DatabaseError as error:
        log.warning("no webhook could be claimed", extra={"facts": {"cause": str(error.__cause__)}})
        return ()


async def _claim(services: Services, running: Sequence[Due]) -> tuple[Due, ...]:
    now = services.now_ms()
    room = AT_ONCE - len(running)
    busy = Counter(each.host for each in running)
    chosen: list[Due] = []
    for each in await outbox.due(services.db, now, per_host=PER_HOST, limit=READ_AHEAD) if room else ():
        if len(chosen) < room and busy[each.host] < PER_HOST:
            busy[each.host] += 1
            chosen.append(each)
    claimed = await outbox.claim(services.db, chosen, now=now, until=now + CLAIM_MS)
    # A commit that took so long leaves no time to send within the claim: another one follows when it is over.
    return claimed if services.now_ms() - now < CLAIM_MS // 2 else ()


async def _deliver(courier: Courier, claimed: Due) -> None:
    """Try once and record it. What cannot be recorded is tried again when the claim is over."""
    services = courier.services
    started_at, started = services.now_ms(), time.monotonic()
    try:
        message = await outbox.message(services.db, claimed.id)
        if message is None:
            return
        callback, answer = await _try(courier, message)
        now = services.now_ms()
        decision = _decide(courier, message, callback, answer, now)
        duration_ms = round((time.monotonic() - started) * 1000)
        done = Try(claimed.tries, started_at, duration_ms, answer.status, decision.error)
        await _record(services, claimed, message, decision, done, now)
    except DatabaseError as error:
        facts = {"delivery": claimed.id, "cause": str(error.__cause__)}
        log.warning("a try to deliver a webhook could not be recorded", extra={"facts": facts})


async def _try(courier: Courier, message: Message) -> tuple[Callback | None, Answer]:
    """Send a message once; whatever goes wrong is an answer, so that a message nobody can send comes to its end."""
    callback: Callback | None = None
    try:
        callback = callbacks.unseal(courier.services.settings, message.callback or "")
        async with asyncio.timeout(courier.send_seconds):
            return callback, await _send(courier, message, callback)
    except callbacks.Unreadable as error:
        log.error(str(error), extra={"facts": {"delivery": message.id}})
        return None, Answer(None, "the callback can no longer be read by this server")
    except guard.Refused as refused:
        return callback, Answer(None, refused.message)
    except TimeoutError:
        return callback, Answer(None, f"no answer within {courier.send_seconds:g} s")
    except DatabaseError:
        raise
    except Exception:
        log.exception("a webhook could not be sent", extra={"facts": {"delivery": message.id}})
        return callback, Answer(None, "unexpected error")


async def _send(courier: Courier, message: Message, callback: Callback) -> Answer:
    services = courier.services
    target, addresses = await guard.check(services.settings, callback.url, lookup=courier.lookup)
    secrets = await signing.secrets_of(services, message.principal_id)
    headers = {
        "User-Agent": f"Granulator/{__version__}",
        **callback.headers,
        "Content-Type": "application/json",
        **signing.headers(secrets, message_id=message.message_id, body=message.body, now_ms=services.now_ms()),
    }
    post = await _post()
    return await post(target, addresses, headers, message.body.encode("utf-8"), courier.trust)


async def _post() -> Post:
    """Return ``sending.post``. It loads httpx, which a process that sends nothing does without."""
    module = await asyncio.to_thread(import_module, "granulator.webhooks.sending")
    return cast(Post, module.post)


def _decide(courier: Courier, message: Message, callback: Callback | None, answer: Answer, now: int) -> Decision:
    """A redelivery adds tries to those that were made: the pauses begin again with them."""
    tries = message.max_tries if callback is None else callback.retries + 1
    number = message.tries - message.max_tries + tries
    return retrying.decide(answer, number=number, tries=tries, now=now, jitter=courier.jitter())


async def _record(services: Services, claimed: Due, message: Message, decision: Decision, done: Try, now: int) -> None:
    logged = webhook_tries.add(message.message_id, done)
    settled = outbox.settle(
        claimed,
        state=decision.state,
        next_at=decision.next_at,
        response_status=done.response_status,
        error=decision.error,
        delivered_at=now if decision.state is State.DELIVERED else None,
    )
    try:
        await _commit(services, [settled, logged])
    except GuardFailed:
        # The claim was over and another try decides; or this batch was applied and its answer lost.
        await _commit(services, [logged])
    if decision.state is State.FAILED:
        facts = {"messageId": message.message_id, "tries": claimed.tries, "why": decision.error}
        log.warning("a webhook was given up", extra={"facts": facts})


async def _commit(services: Services, statements: Sequence[Statement]) -> None:
    """Apply a batch, again and again while the database does not answer and nobody else has the message."""
    give_up_at = time.monotonic() + CLAIM_MS / 1000
    while True:
        try:
            await services.db.batch(statements)
        except StatementRejected:
            raise
        except DatabaseError:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(RECORD_PAUSE_SECONDS)
        else:
            return


async def _stop(courier: Courier, running: Mapping[asyncio.Task[None], Due]) -> None:
    """Let go: what is not sent in a moment is due again at once, for another process or the next start."""
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=courier.farewell_seconds)
    if not late:
        return
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    with suppress(DatabaseError):
        now = courier.services.now_ms()
        await courier.services.db.batch([outbox.hand_back(running[task], now) for task in late])

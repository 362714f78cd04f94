"""The delivery log: every try once, in its order."""

from __future__ import annotations

from granulator.store import outbox, webhook_tries
from granulator.store.database import Database
from granulator.store.webhook_tries import Try
from tests.store.conftest import NOW


async def test_tries_are_kept_once_and_returned_in_their_order(db: Database, admit) -> None:
    await admit()
    message = {"event": "granulation.completed", "url": "https://example.org", "host": "example.org", "body": "{}"}
    await db.batch([outbox.add(message_id="msg_1", execution_id="exec_1", **message, max_tries=4, now=NOW)])
    first, third = Try(1, NOW, 12, None, "the connection broke"), Try(3, NOW + 9, 0, 200, None)

    await db.batch([webhook_tries.add("msg_1", third), webhook_tries.add("msg_1", first)])
    await db.batch([webhook_tries.add("msg_1", Try(1, NOW, 99, 500, "a repeated batch"))])

    assert await webhook_tries.of_message(db, "msg_1") == (first, third)
    assert await webhook_tries.of_message(db, "msg_2") == ()

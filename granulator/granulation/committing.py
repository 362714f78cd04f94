"""Committing what a running job must not lose: the same batch again while the database does not answer.

Ids and references are made before the batch, so that a repeated one cannot book twice. What was paid for waits here
meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from granulator.errors import DatabaseError, StorageError
from granulator.services import Services
from granulator.store import payloads
from granulator.store.database import GuardFailed, Statement, StatementRejected
from granulator.store.objects import ObjectLost
from granulator.store.payloads import Stored

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0


T = TypeVar("T")


async def commit(services: Services, statements: Sequence[Statement], *, applied: Statement) -> None:
    """Apply a batch, once, however often the database fails to answer; ``applied`` reads a row where it has been.

    Raises GuardFailed or StatementRejected at once, DatabaseError when the patience is over.
    """
    is_repeat = False

    async def apply() -> None:
        nonlocal is_repeat
        try:
            await services.db.batch(statements)
        except (GuardFailed, StatementRejected):
            # A batch whose answer was lost may have been applied: then its repetition is what fails.
            if not is_repeat or await services.db.first(applied) is None:
                raise
        except DatabaseError:
            is_repeat = True
            raise

    await patiently(services, apply)


async def keep(services: Services, text: str) -> Stored:
    """Keep a text for the batch that will name it. Raises StorageError when the patience is over."""
    return await patiently(services, lambda: payloads.keep(services.objects, text))


async def patiently(services: Services, action: Callable[[], Awaitable[T]]) -> T:
    """Repeat an action while what stores does not answer. Raises what the action raises when that is over."""
    give_up_at = time.monotonic() + services.settings.patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await action()
        except (StatementRejected, ObjectLost):
            raise
        except (DatabaseError, StorageError) as error:
            if time.monotonic() + pause > give_up_at:
                raise
            log.warning("%s; repeating", error.message, extra={"facts": {"cause": str(error.__cause__)}})
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

"""When the clean-up is due: the cron expressions of ``[triggers] crons``, in UTC, once over all processes.

Times that passed while nothing ran are made up for once. The row of the task decides who runs it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
from typing import Final, Protocol, cast

from granulator.clock import DAY_MS
from granulator.errors import ConfigurationError, DatabaseError, StorageError
from granulator.granulation import retention
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import schedule
from granulator.store.database import GuardFailed

log = logging.getLogger(__name__)

CLEAN_UP: Final = "clean-up"

LOOK_SECONDS: Final = 30.0
"""How often the clock is looked at, at least: it may have been set while this process slept."""

PAUSES_SECONDS: Final = (1.0, 10.0, 60.0)
"""Before a clean-up that the database interrupted goes on."""

WRONG_CLOCK_MS: Final = DAY_MS
"""A task that began so far in the future began by a clock that was wrong."""

MAX_YEARS: Final = 9
"""The 29th of February is the rarest day that comes at all."""

_FIVE_FIELDS: Final = re.compile(r"[0-9*,/-]+ [0-9*,/-]+ [0-9*,/-]+ [0-9A-Za-z*,/-]+ [A-Za-z*,-]+")
"""What cron and Cloudflare read alike: not weekdays as numbers, for 1 is Monday to one and Sunday to the other."""


class Times(Protocol):
    """The times of a cron expression around a moment, in epoch seconds."""

    def get_prev(self) -> float: ...

    def get_next(self) -> float: ...


def check(settings: Settings) -> None:
    """Raise ConfigurationError naming the file when a cron expression cannot be understood, or never comes."""
    for cron in settings.crons:
        where = f"{settings.config_file}: [triggers] crons: {cron!r}"
        if not _FIVE_FIELDS.fullmatch(cron):
            raise ConfigurationError(
                f"{where} is not understood: use the five fields minute, hour, day, month and weekday, weekdays by name"
            )
        try:
            _times(cron, 0).get_next()
        except ValueError as error:
            raise ConfigurationError(f"{where} is no time: {error}") from error


async def serve(services: Services) -> None:
    """Clean up at the due times until cancelled."""
    while True:
        try:
            await turn(services)
        except (DatabaseError, StorageError):
            log.exception("the clean-up failed; whether it is due is looked at again soon")
        now = services.now_ms()
        next_due = min(_times(cron, now).get_next() for cron in services.settings.crons)
        await asyncio.sleep(min(LOOK_SECONDS, max(1.0, next_due - now / 1000)))


async def turn(services: Services) -> bool:
    """Clean up if a due time has come that no process has taken; return whether this one took it.

    Raises DatabaseError, StorageError.
    """
    now = services.now_ms()
    due_at = round(1000 * max(_times(cron, now + 1).get_prev() for cron in services.settings.crons))
    last = await schedule.last(services.db, CLEAN_UP)
    if last is None:
        # A new installation has missed nothing.
        await services.db.batch([schedule.begin(CLEAN_UP, due_at)])
        return False
    is_wrong = last > now + WRONG_CLOCK_MS
    if due_at <= last and not is_wrong:
        return False
    try:
        await services.db.batch([schedule.move(CLEAN_UP, from_due_at=last, to_due_at=due_at)])
    except GuardFailed:
        return False
    if not is_wrong:
        await _clean_up(services)
    return not is_wrong


async def _clean_up(services: Services) -> None:
    """Clean up, also where the database does not answer for a while."""
    for pause in (*PAUSES_SECONDS, None):
        try:
            deleted = await retention.clean_up(services, retention.limits(services.settings, services.now_ms()))
        except (DatabaseError, StorageError) as error:
            if pause is None:
                raise
            log.warning("the clean-up was interrupted", extra={"facts": {"cause": str(error.__cause__)}})
            await asyncio.sleep(pause)
        else:
            log.info("cleaned up", extra={"facts": {"deleted": deleted}})
            return


def _times(cron: str, now_ms: int) -> Times:
    # Its import takes as long as all of a short command, and only what stays needs it.
    croniter = importlib.import_module("croniter")
    return cast(Times, croniter.croniter(cron, now_ms / 1000, max_years_between_matches=MAX_YEARS))

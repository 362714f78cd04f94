"""The schedule: which cron expressions are understood, and that each due time is used once over all processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError
from granulator.granulation import schedule
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store.database import Statement
from tests.crash.dying import Clock

NIGHTLY = "17 3 * * *"
SESSION = "INSERT INTO sessions (id, key_id, client_id, created_at, expires_at) VALUES (?1, 'k1', 'acme', 0, 1)"
KEY = """
INSERT INTO api_keys (id, client_id, name, prefix, hash, created_at) VALUES ('k1', 'acme', 'n', 'p', 'h', 0)
"""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock(at("2026-03-01T12:00:00"))


@asynccontextmanager
async def machine(settings: Settings, clock: Clock, *crons: str) -> AsyncIterator[Services]:
    async with open_services(replace(settings, crons=crons or (NIGHTLY,)), now_ms=clock) as services:
        yield services


@pytest.fixture
async def services(settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    async with machine(settings, clock) as opened:
        await schedule.turn(opened)
        yield opened


async def leave_rubbish(services: Services) -> None:
    """Leave a session that ended, which any clean-up deletes."""
    await services.db.batch([Statement(KEY + " ON CONFLICT DO NOTHING"), Statement(SESSION, (services.new_id("s"),))])


async def is_clean(services: Services) -> bool:
    return not await services.db.all(Statement("SELECT id FROM sessions"))


@pytest.mark.parametrize(
    "cron", [NIGHTLY, "*/5 * * * *", "0 0 29 2 *", "30 6,18 * JAN-MAR mon-fri", "0 0 1,15 * *", "59 23 31 12 SUN"]
)
def test_an_expression_of_five_fields_is_understood(settings: Settings, cron: str) -> None:
    schedule.check(replace(settings, crons=(cron,)))


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("", "is not understood: use the five fields"),
        ("* * * *", "is not understood: use the five fields"),
        ("0 17 3 * * *", "is not understood: use the five fields"),
        ("@daily", "is not understood: use the five fields"),
        ("R 3 * * *", "is not understood: use the five fields"),
        ("H 3 * * *", "is not understood: use the five fields"),
        # Sunday to Cloudflare, Monday to cron.
        ("17 3 * * 1", "weekdays by name"),
        ("17 3 * * MON#2", "is not understood: use the five fields"),
        ("61 3 * * *", "is no time: "),
        ("*/0 * * * *", "is no time: "),
        ("17 3 * * XYZ", "is no time: "),
        ("17 3 31 4 *", "is no time: "),
    ],
)
def test_an_expression_that_cannot_be_kept_is_refused_with_its_file(settings: Settings, cron: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        schedule.check(replace(settings, crons=(NIGHTLY, cron)))

    assert str(refused.value).startswith(f"{settings.config_file}: [triggers] crons: {cron!r} is ")
    assert reason in str(refused.value)


async def test_a_new_installation_has_missed_nothing(settings: Settings, clock: Clock) -> None:
    async with machine(settings, clock) as services:
        await leave_rubbish(services)

        turns = [await schedule.turn(services) for _ in range(2)]

        assert (turns, await is_clean(services)) == ([False, False], False)


async def test_it_cleans_up_once_when_its_time_has_come_in_utc(services: Services, clock: Clock) -> None:
    await leave_rubbish(services)
    clock.now = at("2026-03-02T03:16:59")
    early = await schedule.turn(services)
    clock.now = at("2026-03-02T03:17:00")

    turns = [await schedule.turn(services) for _ in range(2)]

    assert (early, turns, await is_clean(services)) == (False, [True, False], True)


async def test_times_missed_while_nothing_ran_are_made_up_for_once(
    services: Services, settings: Settings, clock: Clock
) -> None:
    clock.now = at("2026-03-09T12:00:00")
    async with machine(settings, clock) as later:
        assert [await schedule.turn(later) for _ in range(2)] == [True, False]


async def test_of_several_machines_one_cleans_up(services: Services, settings: Settings, clock: Clock) -> None:
    clock.now = at("2026-03-02T03:17:00")
    async with AsyncExitStack() as stack:
        machines = [await stack.enter_async_context(machine(settings, clock)) for _ in range(4)]

        turns = await asyncio.gather(*(schedule.turn(each) for each in machines))

    assert sorted(turns) == [False, False, False, True]


async def test_the_latest_of_several_expressions_counts(settings: Settings, clock: Clock) -> None:
    async with machine(settings, clock, NIGHTLY, "0 * * * *") as services:
        await schedule.turn(services)
        clock.now += 3_600_000

        assert await schedule.turn(services)


async def test_a_clock_that_goes_back_repeats_nothing(services: Services, clock: Clock) -> None:
    clock.now = at("2026-03-02T03:17:00")
    await schedule.turn(services)
    clock.now -= 3_600_000
    back = await schedule.turn(services)
    clock.now = at("2026-03-02T03:17:30")
    again = await schedule.turn(services)
    clock.now = at("2026-03-03T03:17:00")

    assert (back, again, await schedule.turn(services)) == (False, False, True)


async def test_a_clock_that_was_a_year_ahead_does_not_end_the_clean_up_for_a_year(
    services: Services, clock: Clock
) -> None:
    clock.now = at("2027-03-02T03:17:00")
    await schedule.turn(services)
    clock.now = at("2026-03-02T12:00:00")
    put_right = await schedule.turn(services)
    clock.now = at("2026-03-03T03:17:00")

    assert (put_right, await schedule.turn(services)) == (False, True)


async def test_the_loop_cleans_up_and_goes_on(services: Services, clock: Clock) -> None:
    await leave_rubbish(services)
    clock.now = at("2026-03-02T03:17:00")
    loop = asyncio.create_task(schedule.serve(services))

    async with asyncio.timeout(10):
        while True:
            if await is_clean(services):
                break
    assert not loop.done()
    loop.cancel()


def test_the_package_cleans_up_every_night(tmp_path: Path, settings: Settings) -> None:
    schedule.check(settings)

    assert settings.crons == (NIGHTLY,)

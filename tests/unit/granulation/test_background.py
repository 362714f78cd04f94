"""The loops beside the requests: kept alive, seen when they die, and ended in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from granulator.errors import ConfigurationError
from granulator.granulation import background
from granulator.granulation.background import Background
from granulator.services import Services, open_services
from granulator.settings import Settings


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings) as opened:
        yield opened


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if is_so():
                return
            await asyncio.sleep(0)


async def test_a_loop_that_dies_is_told_of_and_started_again(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    starts = 0
    may_live = asyncio.Event()

    async def fragile(services: Services) -> None:
        nonlocal starts
        starts += 1
        if not may_live.is_set():
            raise RuntimeError("no")
        await asyncio.Event().wait()

    beside = Background(services, {"fragile": fragile}, first_pause_seconds=0.001)
    await until(lambda: starts == 3)
    was_alive = beside.is_alive("fragile")
    may_live.set()
    await until(lambda: beside.is_alive("fragile"))

    assert was_alive is False
    assert [record.getMessage() for record in caplog.records][:3] == ["a loop died; it is started again"] * 3
    assert caplog.records[0].levelno == logging.ERROR
    await beside.close()


async def test_a_loop_that_dies_leaves_the_others_alone(services: Services) -> None:
    ended = asyncio.Event()

    async def fragile(services: Services) -> None:
        raise RuntimeError("no")

    async def steady(services: Services) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    beside = Background(services, {"fragile": fragile, "steady": steady})
    await until(lambda: not beside.is_alive("fragile"))

    assert (beside.is_alive("steady"), ended.is_set()) == (True, False)
    await beside.close()
    assert ended.is_set()


async def test_a_loop_that_has_nothing_to_do_is_not_dead(services: Services) -> None:
    async def idle(services: Services) -> None:
        return

    beside = Background(services, {"idle": idle})
    await asyncio.sleep(0)

    assert (beside.is_alive("idle"), beside.is_alive("not configured")) == (True, True)
    await beside.close()


async def test_a_loop_that_does_not_end_is_left_behind(services: Services) -> None:
    may_end = asyncio.Event()

    async def stubborn(services: Services) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()

    beside = Background(services, {"stubborn": stubborn}, hand_back_seconds=0.05)
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await beside.close()
    may_end.set()


async def test_from_the_first_wish_to_stop_the_engine_is_not_alive(settings: Settings) -> None:
    async with background.running(settings) as beside:
        await until(lambda: beside.services.engine.is_alive)

        beside.begin_to_stop()

        assert (beside.services.engine.is_alive, beside.is_stopping.is_set()) == (False, True)


async def test_closing_twice_is_closing_once(settings: Settings) -> None:
    async with background.running(settings) as beside:
        beside.begin_to_stop()
        await beside.close()


async def test_a_schedule_that_cannot_be_kept_is_refused_before_anything_is_opened(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="crons"):
        async with background.running(replace(settings, crons=("nightly",))):
            pass

    assert settings.sqlite_path is not None
    assert not settings.sqlite_path.exists()


@pytest.mark.parametrize(
    ("crons", "names"),
    [((), {"engine", "webhooks"}), (("0 * * * *",), {"engine", "webhooks", "schedule"})],
)
def test_only_who_has_times_keeps_a_schedule(settings: Settings, crons: tuple[str, ...], names: set[str]) -> None:
    assert set(background.loops_of(replace(settings, crons=crons))) == names

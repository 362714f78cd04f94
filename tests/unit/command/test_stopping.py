"""Signals: the first begins a gentle end, an echo of it changes nothing, and what was set before is put back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from granulator.command.stopping import STOP_SIGNALS, Stop
from granulator.granulation.background import Background
from granulator.services import open_services
from granulator.settings import Settings


@pytest.fixture
async def beside(settings: Settings) -> AsyncIterator[Background]:
    async with open_services(replace(settings, shutdown_delay_seconds=0)) as services:
        background = Background(services, {})
        yield background


class Left:
    """Notes with which signals the process was left."""

    def __init__(self) -> None:
        self.with_signals: list[signal.Signals] = []
        self.happened = asyncio.Event()

    def __call__(self, number: signal.Signals) -> None:
        self.with_signals.append(number)
        self.happened.set()


@pytest.mark.parametrize("number", STOP_SIGNALS)
async def test_a_signal_stops_what_runs_and_then_leaves_in_good_order(
    beside: Background, number: signal.Signals
) -> None:
    left = Left()
    stop = Stop(left)

    with stop.heeded(beside):
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await beside.is_stopping.wait()
            await left.happened.wait()

    assert (left.with_signals, stop.exit_code) == ([number], 0)


async def test_the_echo_of_a_signal_is_not_a_second_wish(beside: Background) -> None:
    left = Left()
    stop = Stop(left)

    with stop.heeded(beside):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await left.happened.wait()

    assert (left.with_signals, stop.exit_code) == ([signal.SIGINT], 0)


async def test_during_the_delay_nobody_leaves(beside: Background) -> None:
    settings = replace(beside.services.settings, shutdown_delay_seconds=60)
    slow = Background(replace(beside.services, settings=settings), {})
    left = Left()

    with Stop(left).heeded(slow):
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            await slow.is_stopping.wait()

    assert left.with_signals == []


async def test_what_the_signals_did_before_is_put_back(beside: Background) -> None:
    def own(number: int, frame: object) -> None:
        """What a server does at a signal."""

    before = [signal.signal(number, own) for number in STOP_SIGNALS]
    try:
        with Stop(Left()).heeded(beside):
            meanwhile = [signal.getsignal(number) for number in STOP_SIGNALS]
        after = [signal.getsignal(number) for number in STOP_SIGNALS]
    finally:
        for number, handler in zip(STOP_SIGNALS, before, strict=True):
            signal.signal(number, handler)

    assert after == [own, own] != meanwhile

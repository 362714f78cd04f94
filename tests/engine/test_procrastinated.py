"""What only the engine over several machines does: it shares a queue with others."""

from __future__ import annotations

import asyncio
import time

import pytest

from granulator.model import Lease
from granulator.store.database import Statement
from tests.engine.conftest import Bench, serving

WORKERS = Statement("SELECT id FROM procrastinate_workers")


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


async def test_an_engine_that_takes_nothing_more_leaves_the_queue_to_others(bench: Bench) -> None:
    engine = bench.engine("a")
    has_begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def run(lease: Lease) -> None:
        with engine.hold(lease):
            has_begun.set()
            await may_end.wait()
            await bench.end(lease)
            ended.set()

    async with serving(engine, run):
        await bench.wait()
        await asyncio.wait_for(has_begun.wait(), 5)
        assert len(await bench.db.all(WORKERS)) == 1

        engine.stop_claiming()
        deadline = time.monotonic() + 5
        while await bench.db.all(WORKERS):
            assert time.monotonic() < deadline, "its worker still takes what is delivered"
            await asyncio.sleep(0.02)

        assert not ended.is_set()
        may_end.set()
        await asyncio.wait_for(ended.wait(), 5)

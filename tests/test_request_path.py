"""The path of ``POST /api/execute``, as the profiler sees it: the hops of the README, and no call that goes up."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType

import httpx

from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import Lease, Principal, StructureType
from granulator.services import Services
from granulator.store import jobs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "granulator"

HOPS = [
    ("api/auth.py", "authenticate"),
    ("api/execute.py", "execute"),
    ("granulation/admission.py", "submit"),
    ("store/jobs.py", "create"),
    ("store/templates.py", "use"),
    ("store/ledger.py", "hold"),
    ("granulation/service.py", "run"),
    ("granulation/authors/local.py", "outline"),
    ("granulation/authors/local.py", "part"),
    ("granulation/validation.py", "validate"),
    ("granulation/ending.py", "complete"),
    ("store/jobs.py", "complete"),
    ("store/ledger.py", "release"),
]
"""File and function, in the order in which each is first entered."""

HOPS_OF_A_MODEL = [
    ("api/execute.py", "execute"),
    ("granulation/admission.py", "submit"),
    ("granulation/budget.py", "check"),
    ("store/jobs.py", "create"),
    ("granulation/service.py", "run"),
    ("granulation/authors/llm.py", "outline"),
    ("granulation/prompts.py", "render"),
    ("granulation/asking.py", "ask"),
    ("providers/call.py", "call"),
    ("granulation/metering.py", "send"),
    ("store/ledger.py", "attempt_sent"),
    ("providers/openai.py", "complete"),
    ("granulation/metering.py", "settle"),
    ("store/ledger.py", "attempt_settled"),
    ("store/ledger.py", "charge"),
    ("granulation/parsing.py", "parse"),
    ("granulation/authors/llm.py", "assemble"),
    ("granulation/validation.py", "validate"),
    ("granulation/ending.py", "complete"),
    ("store/ledger.py", "calls_of_job"),
    ("store/jobs.py", "complete"),
]
"""The same with a provider. What is entered more than once stands where it comes first."""


def layers() -> dict[str, int]:
    """The rank of every top-level name, the lowest 0, from the import contract."""
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition('id = "layers"')[2]
    rows = re.findall(r'^    "(.+)",$', contract.partition("\n]")[0], re.MULTILINE)
    return {name: rank for rank, row in enumerate(reversed(rows)) for name in re.findall(r"\w+", row)}


@dataclass
class Record:
    """What was entered, in order, and every call from a lower layer into a higher one."""

    ranks: dict[str, int]
    entered: list[tuple[str, str]] = field(default_factory=list)
    upward: list[str] = field(default_factory=list)

    def profile(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or (here := place(frame)) is None:
            return
        self.entered.append(here)
        caller = frame.f_back
        while caller is not None and place(caller) is None:
            caller = caller.f_back
        above = None if caller is None else place(caller)
        if above is not None and self._rank(above) < self._rank(here):
            self.upward.append(f"{'.'.join(above)} -> {'.'.join(here)}")

    def _rank(self, place: tuple[str, str]) -> int:
        return self.ranks[place[0].partition("/")[0].removesuffix(".py")]


def place(frame: FrameType) -> tuple[str, str] | None:
    """File and function of a frame of the package."""
    path = within_package(frame.f_code.co_filename)
    return None if path is None else (path, frame.f_code.co_name)


@cache
def within_package(filename: str) -> str | None:
    path = Path(filename)
    return path.relative_to(PACKAGE).as_posix() if PACKAGE in path.parents else None


@contextmanager
def recorded() -> Iterator[Record]:
    record = Record(layers())
    threading.setprofile(record.profile)
    sys.setprofile(record.profile)
    try:
        yield record
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


async def test_a_request_goes_straight_down_the_documented_hops(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    with recorded() as record:
        answer = await client.post("/api/execute", json=course_request)

    assert answer.status_code == 200
    assert record.upward == []
    assert [hop for hop in dict.fromkeys(record.entered) if hop in HOPS] == HOPS


async def test_a_request_with_a_model_goes_straight_down_too(
    ai_client: httpx.AsyncClient,
) -> None:
    wanted = {"topic": "Keeping bees", "structureType": "quiz", "granularityLevel": 1}
    body = {"action": "granulate", "input": wanted, "config": {"aiProvider": "openai", "maxCostUsd": 1}}

    with recorded() as record:
        answer = await ai_client.post("/api/execute", json=body)

    assert answer.status_code == 200, answer.text
    # The call loop starts the ledger's side, which it was given, as tasks of their own, for they must end even when the
    # call is broken off. Nothing is called upward.
    assert record.upward == []
    assert [hop for hop in dict.fromkeys(record.entered) if hop in HOPS_OF_A_MODEL] == HOPS_OF_A_MODEL


async def test_the_one_call_that_goes_up_is_the_engine_running_what_the_root_gave_it(services: Services) -> None:
    caller = Principal(kind="key", id="key:1", client_id="acme")
    order = Order("Databases", StructureType.COURSE, granularity_level=1)
    lease = await admission.submit(services, caller, order, request_id="req_1")
    await services.db.batch([jobs.release(lease)])
    is_done = asyncio.Event()

    async def run_and_tell(lease: Lease) -> None:
        await service.run(services, lease)
        is_done.set()

    with recorded() as record:
        serving = asyncio.create_task(services.engine.serve(run_and_tell))
        await asyncio.wait_for(is_done.wait(), 10)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    assert set(record.upward) == {"engine/embedded.py.run_over -> granulation/service.py.run"}

"""The money of a job's calls: booked before, settled after, and never more at stake than the job may cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from granulator.errors import BudgetExceeded
from granulator.granulation import admission, service
from granulator.granulation.ending import Outcome
from granulator.granulation.metering import Meter, nano_usd, price_of
from granulator.granulation.order import Order
from granulator.model import Lease, Principal, StructureType, Usage
from granulator.providers.base import GenResult, Kind, ProviderFault, Stop
from granulator.providers.call import Planned
from granulator.services import Services, open_services
from granulator.settings import Settings, load
from granulator.store import jobs, ledger, queue, steps
from granulator.store.database import GuardFailed
from granulator.store.ledger import Balance
from tests.bills import calls_of

ACME = Principal(kind="key", id="key:1", client_id="acme")
LUNA = "gpt-6-luna"
INPUT, OUTPUT, CACHE_WRITE = 100, 500, 125
"""What a token of the model costs in nano-USD: read, written, and read at most."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A running job and the means to meter it."""

    services: Services
    lease: Lease

    async def meter(self, limit: int | None = None) -> Meter:
        job = await jobs.by_id(self.services.db, self.lease.job_id)
        assert job is not None
        before = await ledger.calls_of_job(self.services.db, job.id)
        return Meter(self.services, job, self.lease, limit_nano_usd=limit, before=before)

    async def balance(self) -> Balance:
        return await ledger.balance_of_job(self.services.db, self.lease.job_id)

    async def states(self) -> list[tuple[str, str, int | None, int | None]]:
        """Return step, state, estimate and cost of every call."""
        calls = await calls_of(self.services.db, self.lease.job_id)
        return [(call.step, call.state, call.estimate, call.cost) for call in calls]


@asynccontextmanager
async def benched(configured: Settings) -> AsyncIterator[Bench]:
    async with open_services(configured) as services:
        await admission.install_templates(services)
        order = Order("Keeping bees", StructureType.QUIZ, provider="openai")
        yield Bench(services, await admission.submit(services, ACME, order, request_id="req_1"))


@pytest.fixture
async def bench(ai_settings: Settings) -> AsyncIterator[Bench]:
    async with benched(ai_settings) as opened:
        yield opened


def planned(model: str = LUNA, *, read: int = 100, written: int = 1000, provider: str = "openai") -> Planned:
    return Planned(provider, model, max_output_tokens=written, input_tokens=read)


def answered(read: int = 90, written: int = 400, model: str = LUNA, **usage: int) -> GenResult:
    return GenResult("{}", Stop.COMPLETE, Usage(read, written, **usage), model)


RESERVE = 100 * CACHE_WRITE + 1000 * OUTPUT
COST = 90 * INPUT + 400 * OUTPUT


async def test_the_most_a_call_can_cost_is_held_before_it_and_the_rest_given_back_after_it(bench: Bench) -> None:
    meter = await bench.meter()

    call = await meter.send("part:0/1", planned())
    before, held = await bench.states(), await bench.balance()
    await meter.settle(call, answered(), 12, meter.answer("part:0/1", {"text": "{}"}))

    assert (before, held) == ([("part:0/1", "sent", RESERVE, None)], Balance(RESERVE, 0, 0))
    assert await bench.states() == [("part:0/1", "settled", RESERVE, COST)]
    assert await bench.balance() == Balance(RESERVE, COST, RESERVE - COST)
    assert await steps.all(bench.services.db, bench.lease.job_id) == {"part:0/1": {"text": "{}"}}


async def test_a_call_that_costs_more_than_was_held_is_charged_in_full(bench: Bench) -> None:
    meter = await bench.meter()

    call = await meter.send("whole/1", planned(written=10))
    await meter.settle(call, answered(written=400), 12, None)

    held = 100 * CACHE_WRITE + 10 * OUTPUT
    assert await bench.balance() == Balance(held, COST, 0)
    assert (await bench.balance()).open == 0


UNBILLED = ProviderFault(Kind.UPSTREAM, "bad gateway", billed="no", request_id="r1")
PERHAPS = ProviderFault(Kind.NETWORK, "connection reset", billed="maybe")
HALF = ProviderFault(Kind.CUT, "no stop signal", billed="yes", usage=Usage(90, 400))


@pytest.mark.parametrize(
    ("fault", "state", "cost", "balance"),
    [
        (UNBILLED, "failed", 0, Balance(RESERVE, 0, RESERVE)),
        (PERHAPS, "uncertain", None, Balance(RESERVE, 0, 0)),
        (HALF, "settled", COST, Balance(RESERVE, COST, RESERVE - COST)),
    ],
    ids=["unbilled", "perhaps", "billed"],
)
async def test_a_call_that_failed_costs_what_the_provider_charges_for_it(
    bench: Bench, fault: ProviderFault, state: str, cost: int | None, balance: Balance
) -> None:
    meter = await bench.meter()

    await meter.settle(await meter.send("whole/1", planned()), fault, 12, None)

    assert await bench.states() == [("whole/1", state, RESERVE, cost)]
    assert await bench.balance() == balance
    assert [call.fault for call in await calls_of(bench.services.db, bench.lease.job_id)] == [fault.kind.value]


async def test_the_model_that_served_sets_the_price_unless_nobody_knows_it(bench: Bench) -> None:
    meter = await bench.meter()

    for served in (LUNA, "gpt-6-sol", "gpt-6-luna-2026-10-01", "renamed-by-a-gateway"):
        await meter.settle(await meter.send(f"{served}/1", planned()), answered(model=served), 12, None)

    costs = {step: cost for step, _, _, cost in await bench.states()}
    assert costs == {
        f"{LUNA}/1": COST,
        "gpt-6-sol/1": 20 * COST,
        "gpt-6-luna-2026-10-01/1": COST,
        "renamed-by-a-gateway/1": COST,
    }


async def test_a_price_nobody_knows_holds_nothing_and_costs_null(bench: Bench) -> None:
    meter = await bench.meter()

    await meter.settle(await meter.send("whole/1", planned("gpt-99")), answered(model="gpt-99"), 12, None)

    assert await bench.states() == [("whole/1", "settled", None, None)]
    assert await bench.balance() == Balance(0, 0, 0)


# Limits


async def test_a_call_that_could_pass_the_limit_is_not_made_and_nothing_is_booked(bench: Bench) -> None:
    exact, short = await bench.meter(RESERVE), await bench.meter(RESERVE - 1)

    with pytest.raises(BudgetExceeded) as refused:
        await short.send("whole/1", planned())
    await exact.send("whole/2", planned())

    assert [row[:2] for row in await bench.states()] == [("whole/2", "sent")]
    assert refused.value.details == {"maxCostUsd": (RESERVE - 1) / 1e9, "spent": 0, "reason": "spent"}


async def test_without_a_known_price_no_limit_can_be_kept(bench: Bench) -> None:
    meter = await bench.meter(10**12)

    with pytest.raises(BudgetExceeded) as refused:
        await meter.send("whole/1", planned("gpt-99"))

    assert (refused.value.details["reason"], await bench.states()) == ("price_unknown", [])


async def test_a_call_waits_for_those_in_flight_when_it_fits_only_after_them(bench: Bench) -> None:
    meter = await bench.meter(RESERVE + COST)
    first = await meter.send("part:0/1", planned())

    second = asyncio.create_task(meter.send("part:1/1", planned()))
    await asyncio.sleep(0)
    waiting = await bench.states()
    await meter.settle(first, answered(), 12, None)
    await asyncio.wait_for(second, 5)

    assert [row[:2] for row in waiting] == [("part:0/1", "sent")]
    assert [row[:2] for row in await bench.states()] == [("part:0/1", "settled"), ("part:1/1", "sent")]


async def test_a_call_that_waited_in_vain_is_refused_when_nothing_is_in_flight(bench: Bench) -> None:
    meter = await bench.meter(RESERVE + COST - 1)
    first = await meter.send("part:0/1", planned())

    second = asyncio.create_task(meter.send("part:1/1", planned()))
    await asyncio.sleep(0)
    await meter.settle(first, answered(), 12, None)

    with pytest.raises(BudgetExceeded) as refused:
        await asyncio.wait_for(second, 5)
    assert refused.value.details["spent"] == COST / 1e9
    with pytest.raises(BudgetExceeded):
        await meter.send("part:2/1", planned(read=1, written=1))
    assert [row[:2] for row in await bench.states()] == [("part:0/1", "settled")]


async def test_a_call_that_was_perhaps_billed_counts_in_full(bench: Bench) -> None:
    meter = await bench.meter(2 * RESERVE - 1)
    await meter.settle(await meter.send("part:0/1", planned()), PERHAPS, 12, None)

    with pytest.raises(BudgetExceeded):
        await meter.send("part:1/1", planned())


async def test_what_earlier_attempts_at_the_job_spent_counts(bench: Bench) -> None:
    first = await bench.meter()
    await first.settle(await first.send("part:0/1", planned()), answered(), 12, None)
    await first.send("part:1/1", planned())

    enough, short = await bench.meter(2 * RESERVE + COST), await bench.meter(2 * RESERVE + COST - 1)

    with pytest.raises(BudgetExceeded) as refused:
        await short.send("part:1/1", planned())
    assert refused.value.details["spent"] == (COST + RESERVE) / 1e9
    await enough.send("part:1/1", planned())


ENDS = ("answer", "fail", "perhaps")
CALLS = st.lists(
    st.tuples(st.integers(1, 500), st.integers(1, 2000), st.floats(0, 1), st.sampled_from(ENDS)),
    min_size=2,
    max_size=12,
)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(calls=CALLS, limit=st.integers(0, 3_000_000))
def test_parallel_calls_never_have_more_at_stake_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, int, float, str]], limit: int
) -> None:
    directory = tmp_path_factory.mktemp("meter")

    asyncio.run(asyncio.wait_for(run_in_parallel(directory, calls, limit), 5))


async def run_in_parallel(directory: Path, calls: list[tuple[int, int, float, str]], limit: int) -> None:
    """Make all calls at once and look at the books after each of their ends."""
    configured = load(root=directory, environ={"OPENAI_API_KEY": "a", "SHARED_SECRET": "b", "SESSION_SECRET": "c"})
    async with benched(configured) as bench:
        meter = await bench.meter(limit)

        async def call(number: int, read: int, written: int, share: float, end: str) -> str:
            try:
                sent = await meter.send(f"part:{number}/1", planned(read=read, written=written))
            except BudgetExceeded:
                return "refused"
            assert await committed(bench) <= limit
            used = answered(read=read, written=int(share * written))
            await meter.settle(sent, {"answer": used, "fail": UNBILLED, "perhaps": PERHAPS}[end], 1, None)
            return end

        ends = await asyncio.gather(*(call(number, *each) for number, each in enumerate(calls)))

        told = await ledger.calls_of_job(bench.services.db, bench.lease.job_id)
        assert await committed(bench) <= limit
        assert told.count == len(calls) - ends.count("refused")
        assert told.uncertain == ends.count("perhaps")
        reserves = [read * CACHE_WRITE + written * OUTPUT for read, written, _, _ in calls]
        assert "refused" in ends or max(reserves) <= limit


async def committed(bench: Bench) -> int:
    """Return what the job has cost and what its open calls may cost, from its rows."""
    told = await ledger.calls_of_job(bench.services.db, bench.lease.job_id)
    return (told.cost_nano_usd or 0) + told.at_stake_nano_usd


# A job that was taken away


async def lose(bench: Bench) -> Lease:
    """Let another process take the job over."""
    now = bench.services.now_ms() + 10**9
    claim = queue.claim(bench.lease.job_id, owner="successor", now=now, lease_until=now + 10**9)
    return Lease(bench.lease.job_id, "successor", queue.claimed_attempt((await bench.services.db.batch([claim]))[0]))


async def test_no_call_is_begun_for_a_job_that_was_lost(bench: Bench) -> None:
    meter = await bench.meter(RESERVE)
    await lose(bench)

    for _ in range(2):
        # The second would wait for the first, had that left something behind.
        with pytest.raises(GuardFailed):
            await asyncio.wait_for(meter.send("whole/1", planned()), 5)

    assert (await bench.states(), await bench.balance()) == ([], Balance(0, 0, 0))


async def test_what_a_lost_job_still_owes_is_booked_and_its_answer_is_not_kept(bench: Bench) -> None:
    meter = await bench.meter()
    call = await meter.send("whole/1", planned())
    heir = await lose(bench)
    await bench.services.db.batch([jobs.fence(heir), ledger.attempts_uncertain(heir.job_id)])

    with pytest.raises(GuardFailed):
        await meter.settle(call, answered(), 12, meter.answer("whole/1", {"text": "{}"}))

    assert await bench.states() == [("whole/1", "settled", RESERVE, COST)]
    # The rest is given back when the job ends, by whoever ends it.
    assert await bench.balance() == Balance(RESERVE, COST, 0)
    assert await steps.all(bench.services.db, bench.lease.job_id) == {}


async def test_an_answer_that_comes_after_its_job_was_done_elsewhere_is_added_to_its_bill(bench: Bench) -> None:
    meter = await bench.meter()
    call = await meter.send("whole/1", planned())
    outcome = await service.run(bench.services, await lose(bench))
    done = await bench.balance()

    with pytest.raises(GuardFailed):
        await meter.settle(call, answered(), 12, None)

    job = await jobs.by_id(bench.services.db, bench.lease.job_id)
    costs = [cost or 0 for _, _, _, cost in await bench.states()]
    assert job is not None
    assert (outcome.status, len(costs), done.open) == (200, 6, 0)
    assert job.cost_nano_usd == sum(costs) == (await bench.balance()).charged == done.charged + COST
    assert (await bench.balance()).held == (await bench.balance()).charged + (await bench.balance()).released


async def test_the_books_balance_when_the_job_ends_while_a_late_answer_is_booked(bench: Bench) -> None:
    class EndsBefore:
        """A database that lets the successor end the job between the reading of the books and their change."""

        first = staticmethod(bench.services.db.first)
        all = staticmethod(bench.services.db.all)

        async def batch(self, statements):
            if statements[0].sql == jobs.LOCK and not ended:
                ended.append(await service.run(bench.services, heir))
            return await bench.services.db.batch(statements)

    ended: list[Outcome] = []
    meter = await replace(bench, services=replace(bench.services, db=EndsBefore())).meter()
    call = await meter.send("whole/1", planned())
    heir = await lose(bench)

    with pytest.raises(GuardFailed):
        await meter.settle(call, answered(), 12, None)

    balance = await bench.balance()
    assert [outcome.status for outcome in ended] == [200]
    assert (balance.held, ("whole/1", "settled", RESERVE, COST) in await bench.states()) == (
        balance.charged + balance.released,
        True,
    )


# Prices


async def test_a_configured_price_goes_before_every_list(ai_settings: Settings) -> None:
    own = replace(ai_settings.providers.aliases[0], price=("0.25", "1.5"))
    configured = replace(ai_settings, providers=replace(ai_settings.providers, aliases=(own,)))

    async with open_services(configured) as services:
        price = price_of(services.providers, "lab", "lab-1", services.now_ms())

    assert price is not None
    assert (price.id, str(price.rates.input), str(price.rates.output)) == ("lab/configured", "0.25", "1.5")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, 10**9), (0.1, 100_000_000), (1e-9, 1), (0.29, 290_000_000), (1000, 10**12), (1e-10, 0)],
)
def test_a_callers_amount_is_read_as_the_decimal_that_was_written(amount: float, expected: int) -> None:
    assert nano_usd(amount) == expected


# What is shown


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("whole/1", ("processing", "outline", 10)),
        ("part:3/1", ("processing", "generate", 10)),
        ("judge:rubric/1", ("validating", "validate", 85)),
        ("repair:1:modules[0].lessons[2]/1", ("processing", "repair", 88)),
        ("judge:1:rubric/1", ("validating", "validate", 85)),
    ],
)
async def test_a_job_shows_what_it_waits_for(bench: Bench, step: str, shown: tuple[str, str, int]) -> None:
    meter = await bench.meter()

    await meter.send(step, planned())

    job = await jobs.by_id(bench.services.db, bench.lease.job_id)
    assert job is not None
    assert (job.status, job.stage, job.progress) == shown


async def test_progress_stays_where_it_is_when_a_call_is_of_an_earlier_stage(bench: Bench) -> None:
    meter = await bench.meter()

    for step in ("repair:1:steps[0]/1", "judge:1:rubric/1"):
        await meter.send(step, planned())

    job = await jobs.by_id(bench.services.db, bench.lease.job_id)
    assert job is not None
    assert (job.stage, job.progress) == ("validate", 88)

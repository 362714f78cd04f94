"""The money side of a job's calls: what may still be spent, a row before each call and its settlement after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from granulator.economy import pricing
from granulator.economy.pricing import Price
from granulator.errors import BudgetExceeded
from granulator.granulation.committing import commit, patiently
from granulator.granulation.progress import Shown, advance
from granulator.granulation.result import NANO_PER_USD, usd
from granulator.model import Job, JobStatus, JsonObject, Lease, Stage
from granulator.providers.base import GenResult, ProviderFault, Stop
from granulator.providers.call import Planned
from granulator.providers.registry import Registry
from granulator.services import Services
from granulator.store import jobs, ledger, steps
from granulator.store.database import GuardFailed, Statement
from granulator.store.ledger import Settlement

ANSWERS = (Stop.COMPLETE, Stop.TOOL, Stop.TRUNCATED)
"""Answers with these stops are kept: a job that is taken over reads them instead of paying for them again."""

_SHOWN: Mapping[str, tuple[Stage, int, JobStatus]] = {
    "part": (Stage.GENERATE, 10, JobStatus.PROCESSING),
    "judge": (Stage.VALIDATE, 85, JobStatus.VALIDATING),
    "repair": (Stage.REPAIR, 88, JobStatus.PROCESSING),
}
"""How the name of a step begins -> what is shown while its call is made; all others plan the whole."""


class Meter:
    """Books the calls of one job. ``limit_nano_usd`` is the most the job may cost, None for no limit."""

    def __init__(
        self,
        services: Services,
        job: Job,
        lease: Lease,
        *,
        limit_nano_usd: int | None,
        before: ledger.Calls,
        shown: Shown | None = None,
    ) -> None:
        self._services = services
        self._job = job
        self._lease = lease
        self._limit = limit_nano_usd
        self._spent = (before.cost_nano_usd or 0) + before.at_stake_nano_usd
        self._at_stake: dict[str, tuple[Planned, int | None]] = {}
        self._has_ended = asyncio.Event()
        self._is_spent = False
        self._shown = shown or Shown()

    async def send(self, step: str, call: Planned) -> str:
        """Commit the row of a call that is about to be made, with the most it can cost held; return its id.

        A call that fits only once others have ended waits for them. Raises BudgetExceeded when it could pass the limit
        all the same; then nothing is booked, nothing is in flight, and every further call is refused too. Raises
        GuardFailed when the job is no longer ours, or its lease has expired and cannot be had again.
        """
        await self._services.engine.secure(self._lease)
        price = price_of(self._services.providers, call.provider, call.model, self._services.now_ms())
        reserve = None
        if price is not None:
            reserve = pricing.reserve_nano_usd(price, call.input_tokens, call.max_output_tokens)
        await self._room(reserve)
        self._check(reserve)
        attempt_id = self._services.new_id("call")
        # Booked before the first await, so that parallel calls cannot all fit into the same remainder.
        self._at_stake[attempt_id] = (call, reserve)
        now = self._services.now_ms()
        sent = ledger.attempt_sent(
            self._lease,
            attempt_id=attempt_id,
            step=step,
            provider=call.provider,
            model=call.model,
            estimate_nano_usd=reserve,
            now=now,
        )
        hold = ledger.hold(self._job.execution_id, reference=f"hold:{attempt_id}", nano_usd=reserve or 0, now=now)
        try:
            statements = [jobs.fence(self._lease), sent, hold, *self._showing(step, now)]
            await commit(self._services, statements, applied=ledger.is_sent(attempt_id))
        except BaseException:
            del self._at_stake[attempt_id]
            self._has_ended.set()
            raise
        return attempt_id

    def _showing(self, step: str, now: int) -> list[Statement]:
        """Show in the job what it is waiting for; progress that is further along already stays."""
        name = step.partition(":")[0].partition("/")[0]
        stage, progress, status = _SHOWN.get(name, (Stage.OUTLINE, 10, JobStatus.PROCESSING))
        return advance(self._shown, self._job, self._lease, status=status, stage=stage, progress=progress, now=now)

    async def settle(
        self, attempt_id: str, outcome: GenResult | ProviderFault, latency_ms: int, answer: Statement | None
    ) -> None:
        """Book how a call ended and what it cost, and keep its ``answer``, in one batch.

        When the lease is lost the money is booked all the same, for it is owed; then GuardFailed is raised.
        """
        call, reserve = self._at_stake.pop(attempt_id)
        settlement = self._settlement(call, outcome, latency_ms)
        self._spent += (reserve or 0) if settlement.state == "uncertain" else settlement.cost_nano_usd or 0
        money = self._money(attempt_id, call, settlement, reserve or 0)
        try:
            statements = [jobs.fence(self._lease), *money, *([answer] if answer else [])]
            await commit(self._services, statements, applied=ledger.is_settled(attempt_id))
        except GuardFailed:
            await self._settle_late(attempt_id, call, settlement)
            raise
        finally:
            self._has_ended.set()

    async def _settle_late(self, attempt_id: str, call: Planned, settlement: Settlement) -> None:
        """Book a call whose job another process has by now, and may have ended: what was held is then given back."""
        services, job_id = self._services, self._job.id
        while True:
            balance = await patiently(services, lambda: ledger.balance_of_job(services.db, job_id))
            unchanged = ledger.balanced_as_read(job_id, balance)
            booked = [jobs.lock(job_id), unchanged, *self._late(attempt_id, call, settlement, balance.open)]
            try:
                await commit(services, booked, applied=ledger.is_settled(attempt_id))
            except GuardFailed as failed:
                if booked[failed.index] is not unchanged:
                    raise
            else:
                return

    def _late(self, attempt_id: str, call: Planned, settlement: Settlement, held: int) -> list[Statement]:
        now, execution_id, cost = self._services.now_ms(), self._job.execution_id, settlement.cost_nano_usd or 0
        booked = [ledger.attempt_settled(attempt_id, settlement, now)]
        if cost > held:
            reference = f"hold:late:{attempt_id}"
            booked.append(ledger.hold(execution_id, reference=reference, nano_usd=cost - held, now=now))
        if cost:
            booked.append(self._charge(attempt_id, call, settlement))
        if settlement.usage is not None:
            booked.append(
                jobs.add_late_call(execution_id, cost_nano_usd=settlement.cost_nano_usd, usage=settlement.usage)
            )
        return booked

    def answer(self, step: str, call_facts: JsonObject) -> Statement:
        """Return the statement that keeps an answer under its step."""
        return steps.put(self._lease, step, call_facts, self._services.now_ms())

    async def _room(self, reserve: int | None) -> None:
        """Wait while calls in flight stand in the way: nearly all of them cost less than is held for them."""
        while self._at_stake and not self._fits(reserve or 0):
            self._has_ended.clear()
            await self._has_ended.wait()

    def _fits(self, reserve: int) -> bool:
        at_stake = sum(held or 0 for _, held in self._at_stake.values())
        return self._limit is None or self._spent + at_stake + reserve <= self._limit

    def _check(self, reserve: int | None) -> None:
        if self._limit is None:
            return
        limit, spent = usd(self._limit), usd(self._spent)
        if reserve is None:
            raise BudgetExceeded(
                "The price of the model is unknown, so maxCostUsd cannot be kept",
                maxCostUsd=limit,
                spent=spent,
                reason="price_unknown",
            )
        # What is refused once fails the job: a smaller call that still fits would be paid for in vain.
        self._is_spent = self._is_spent or not self._fits(reserve)
        if self._is_spent:
            raise BudgetExceeded(
                f"The next call could cost ${usd(reserve)} and would pass maxCostUsd",
                maxCostUsd=limit,
                spent=spent,
                reason="spent",
            )

    def _settlement(self, call: Planned, outcome: GenResult | ProviderFault, latency_ms: int) -> Settlement:
        served = outcome.model_served if isinstance(outcome, GenResult) else None
        fault = outcome.kind.value if isinstance(outcome, ProviderFault) else None
        if isinstance(outcome, ProviderFault) and outcome.usage is None:
            told = Settlement("failed", 0, fault=fault, request_id=outcome.request_id, latency_ms=latency_ms)
            return told if outcome.billed == "no" else replace(told, state="uncertain", cost_nano_usd=None)
        assert outcome.usage is not None
        registry, now = self._services.providers, self._services.now_ms()
        price = price_of(registry, call.provider, served or call.model, now)
        price = price or price_of(registry, call.provider, call.model, now)
        return Settlement(
            "settled",
            None if price is None else pricing.cost_nano_usd(price, outcome.usage),
            usage=outcome.usage,
            model_served=served,
            fault=fault,
            request_id=outcome.request_id,
            price_id=None if price is None else price.id,
            latency_ms=latency_ms,
        )

    def _money(self, attempt_id: str, call: Planned, settlement: Settlement, reserve: int) -> list[Statement]:
        now, execution_id = self._services.now_ms(), self._job.execution_id
        booked = [ledger.attempt_settled(attempt_id, settlement, now)]
        if settlement.state == "uncertain":
            # What was held stays held until the job ends: the call may have been billed.
            return booked
        cost = settlement.cost_nano_usd or 0
        if cost:
            booked.append(self._charge(attempt_id, call, settlement))
        if reserve > cost:
            rest = reserve - cost
            booked.append(ledger.release(execution_id, reference=f"release:{attempt_id}", nano_usd=rest, now=now))
        return booked

    def _charge(self, attempt_id: str, call: Planned, settlement: Settlement) -> Statement:
        return ledger.charge(
            self._job.execution_id,
            reference=f"charge:{attempt_id}",
            nano_usd=settlement.cost_nano_usd or 0,
            provider=call.provider,
            model=settlement.model_served or call.model,
            now=self._services.now_ms(),
        )


def price_of(registry: Registry, provider: str, model: str, now_ms: int) -> Price | None:
    """Return the price of a model on the day of ``now_ms``; None where it is unknown."""
    entry = registry.entry(provider)
    if entry.price is not None:
        return pricing.fixed(*entry.price, id=f"{provider}/configured")
    return pricing.find(entry.kind, model, datetime.fromtimestamp(now_ms / 1000, UTC).date())


def nano_usd(amount_usd: float) -> int:
    """Return an amount of USD, as a caller wrote it, in nano-USD."""
    return int(Decimal(repr(amount_usd)) * NANO_PER_USD)

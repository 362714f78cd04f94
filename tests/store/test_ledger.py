"""The ledger and the attempts: every nano-dollar once, every paid call accounted for."""

import pytest

from granulator.model import Usage
from granulator.store import ledger
from granulator.store.database import Database, GuardFailed, Statement, StatementRejected
from granulator.store.ledger import Balance, Settlement
from tests.store.conftest import NOW

LARGE = 9_007_199_254_740_000
"""Just below 2^53 nano-USD: what a database that binds floats can still hold exactly."""


async def test_balance_sums_to_the_nano_dollar_per_job_and_per_tenant(db: Database, admit) -> None:
    first = await admit()
    second = await admit(execution_id="exec_2")
    await db.batch(
        [
            ledger.hold("exec_1", reference="hold:exec_1", nano_usd=LARGE, now=NOW),
            ledger.charge("exec_1", reference="charge:a1", nano_usd=7, provider="openai", model="m", now=NOW),
            ledger.release("exec_1", reference="release:exec_1", nano_usd=LARGE - 7, now=NOW),
            ledger.hold("exec_2", reference="hold:exec_2", nano_usd=100, now=NOW),
        ]
    )

    assert await ledger.balance_of_job(db, first.job_id) == Balance(LARGE, 7, LARGE - 7)
    assert await ledger.balance_of_job(db, second.job_id) == Balance(100, 0, 0)
    assert (await ledger.balance(db, client_id="acme")).charged == 7
    assert await ledger.balance(db, client_id="other") == Balance(0, 0, 0)
    assert await ledger.balance(db, client_id="acme", since=NOW + 1) == Balance(0, 0, 0)


def test_open_is_what_is_held_and_never_negative() -> None:
    assert [Balance(100, 30, 20).open, Balance(100, 150, 0).open] == [50, 0]


async def test_a_charge_with_a_known_reference_is_refused(db: Database, admit) -> None:
    lease = await admit()
    charge = ledger.charge("exec_1", reference="charge:a1", nano_usd=7, provider="openai", model="m", now=NOW)
    await db.batch([charge])

    with pytest.raises(StatementRejected):
        await db.batch([charge])

    assert (await ledger.balance_of_job(db, lease.job_id)).charged == 7


async def test_money_of_an_unknown_job_fails_the_batch(db: Database) -> None:
    with pytest.raises(GuardFailed):
        await db.batch([ledger.hold("exec_unknown", reference="hold:x", nano_usd=1, now=NOW)])


async def test_a_call_left_open_becomes_uncertain_and_can_still_be_settled(db: Database, admit) -> None:
    lease = await admit()
    await db.batch([_sent(lease, "a1"), _sent(lease, "a2")])
    await db.batch([_settled("a1")])

    await db.batch([ledger.attempts_uncertain(lease.job_id)])
    assert await _states(db) == [("a1", "settled"), ("a2", "uncertain")]

    await db.batch([_settled("a2", state="failed")])
    assert await _states(db) == [("a1", "settled"), ("a2", "failed")]


async def test_a_call_is_settled_once(db: Database, admit) -> None:
    await db.batch([_sent(await admit(), "a1")])
    await db.batch([_settled("a1")])

    with pytest.raises(GuardFailed):
        await db.batch([_settled("a1")])


async def test_the_calls_of_a_job_add_up_to_the_token_and_the_nano_dollar(db: Database, admit) -> None:
    lease = await admit()
    other = await admit(execution_id="exec_2")
    await db.batch([_sent(lease, "a1"), _sent(lease, "a2"), _sent(lease, "a3"), _sent(lease, "a4"), _sent(other, "b1")])
    await db.batch(
        [
            ledger.attempt_settled(
                "a1", Settlement("settled", 8, Usage(5, 6, 1, False, 2, 1, 3), "m-1", None, "r1"), NOW
            ),
            ledger.attempt_settled("a2", Settlement("settled", 7, Usage(50, 60, 10, True), "m-1", None, "r2"), NOW),
            ledger.attempt_settled("a3", Settlement("uncertain", None, fault="timeout"), NOW),
        ]
    )

    assert await ledger.calls_of_job(db, lease.job_id) == ledger.Calls(
        count=4,
        uncertain=2,
        usage=Usage(55, 66, 11, True, 2, 1, 3),
        cost_nano_usd=15,
        at_stake_nano_usd=18,
        settled=3,
    )


async def test_the_cost_of_a_job_is_unknown_when_one_billed_call_has_no_price(db: Database, admit) -> None:
    lease = await admit()
    await db.batch([_sent(lease, "a1"), _sent(lease, "a2"), _sent(lease, "a3")])
    await db.batch(
        [
            _settled("a1"),
            ledger.attempt_settled("a2", Settlement("settled", None, Usage(1, 1)), NOW),
            ledger.attempt_settled("a3", Settlement("failed", 0, fault="upstream"), NOW),
        ]
    )

    assert (await ledger.calls_of_job(db, lease.job_id)).cost_nano_usd is None


async def test_a_job_without_calls_cost_nothing(db: Database, admit) -> None:
    lease = await admit()

    assert await ledger.calls_of_job(db, lease.job_id) == ledger.Calls(0, 0, Usage(), 0, 0)


def _sent(lease, attempt_id: str) -> Statement:
    return ledger.attempt_sent(
        lease, attempt_id=attempt_id, step="outline", provider="openai", model="m", estimate_nano_usd=9, now=NOW
    )


def _settled(attempt_id: str, state="settled") -> Statement:
    return ledger.attempt_settled(attempt_id, Settlement(state, 8, Usage(5, 6, 1), "m-served"), NOW)


async def _states(db: Database) -> list[tuple[object, object]]:
    return [(row["id"], row["state"]) for row in await db.all(Statement("SELECT id, state FROM attempts ORDER BY id"))]

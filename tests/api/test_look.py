"""A look at what may hang: waited for shortly, and asked once for all who wait."""

from __future__ import annotations

import asyncio

from granulator.api.look import Look


class Question:
    """Is answered when the test says so; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def __call__(self) -> int:
        self.asked += 1
        await self.may_answer.wait()
        return self.asked


async def test_what_does_not_answer_in_time_is_not_waited_for() -> None:
    assert await Look(Question()).within(0.01) is None


async def test_all_who_ask_at_once_share_one_answer() -> None:
    question = Question()
    look = Look(question)
    waiting = [asyncio.create_task(look.within(10)) for _ in range(5)]
    await asyncio.sleep(0)

    question.may_answer.set()

    assert (await asyncio.gather(*waiting), question.asked) == ([1] * 5, 1)


async def test_callers_do_not_pile_up_behind_what_hangs() -> None:
    question = Question()
    look = Look(question)

    given_up = [await look.within(0.001) for _ in range(5)]
    question.may_answer.set()

    assert (given_up, await look.within(10), question.asked) == ([None] * 5, 1, 1)


async def test_the_next_who_asks_gets_a_new_answer() -> None:
    question = Question()
    question.may_answer.set()
    look = Look(question)

    assert [await look.within(10) for _ in range(3)] == [1, 2, 3]


async def test_a_caller_who_leaves_takes_the_answer_from_nobody() -> None:
    question = Question()
    look = Look(question)
    leaving, staying = (asyncio.create_task(look.within(10)) for _ in range(2))
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.sleep(0)
    question.may_answer.set()

    assert await staying == 1

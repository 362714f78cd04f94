"""The error tree: one class stands for each code."""

from __future__ import annotations

from granulator import errors
from granulator.granulation.asking import Truncated
from granulator.store.database import StatementRejected


def test_a_special_case_elsewhere_does_not_stand_for_its_code() -> None:
    found = errors.by_code()

    assert found[Truncated.code] is errors.AiResponseInvalid
    assert found[StatementRejected.code] is errors.DatabaseError

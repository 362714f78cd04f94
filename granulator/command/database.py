"""``granulator migrate``: the database, brought to this version's schema, and filled from another."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from granulator.clock import wall_clock_ms
from granulator.errors import ConfigurationError
from granulator.services import open_url
from granulator.settings import Settings, load
from granulator.store import transfer
from granulator.store.database import migrate


def migrate_command(arguments: argparse.Namespace) -> int:
    """Apply what is missing and say what was applied; with ``--from``, copy every row of another database."""
    settings = load()
    applied = asyncio.run(_migrate(settings))
    for name in applied:
        sys.stdout.write(f"applied {name}\n")
    if not applied:
        sys.stdout.write("the database is up to date\n")
    if arguments.source is not None:
        _say(asyncio.run(_copy(settings, arguments.source)))
    return 0


async def _migrate(settings: Settings) -> tuple[str, ...]:
    async with _target(settings) as db:
        return await migrate(db)


async def _copy(settings: Settings, source_url: str) -> tuple[transfer.Copied, ...]:
    path = settings.root / source_url.removeprefix("sqlite:///")
    if not source_url.startswith(("sqlite:///", "postgresql://")):
        raise ConfigurationError("--from must be a sqlite:/// or postgresql:// URL")
    if source_url.startswith("sqlite:///") and not path.is_file():
        raise ConfigurationError(f"--from names {path}, and there is no such file")
    async with _opened(settings, source_url, "--from") as source, _target(settings) as target:
        return await transfer.copy(source, target, wall_clock_ms())


def _target(settings: Settings) -> AbstractAsyncContextManager[transfer.Transferable]:
    return _opened(settings, settings.database_url, "DATABASE_URL")


@asynccontextmanager
async def _opened(settings: Settings, url: str, named: str) -> AsyncIterator[transfer.Transferable]:
    db = await open_url(url, settings.root, named=named)
    try:
        yield db
    finally:
        await db.close()


def _say(copied: tuple[transfer.Copied, ...]) -> None:
    width = max(len(each.table) for each in copied)
    for each in copied:
        sys.stdout.write(f"{each.table:{width}} {each.rows:>10} rows  sha256 {each.sha256}\n")
    sys.stdout.write(f"copied {sum(each.rows for each in copied)} rows, the same on both sides\n")

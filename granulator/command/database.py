"""``granulator migrate``: the database, brought to this version's schema."""

from __future__ import annotations

import argparse
import asyncio
import sys

from granulator.services import open_database
from granulator.settings import Settings, load
from granulator.store.database import migrate


def migrate_command(arguments: argparse.Namespace) -> int:
    """Apply what is missing and say what was applied."""
    applied = asyncio.run(_migrate(load()))
    for name in applied:
        sys.stdout.write(f"applied {name}\n")
    if not applied:
        sys.stdout.write("the database is up to date\n")
    return 0


async def _migrate(settings: Settings) -> tuple[str, ...]:
    db = open_database(settings)
    try:
        return await migrate(db)
    finally:
        await db.close()

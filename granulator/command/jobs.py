"""``granulator jobs``: the clean-up by hand, or a look at what it would delete."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from granulator.command.serve import ready_settings
from granulator.granulation import retention
from granulator.services import open_services
from granulator.settings import Settings


def prune_command(arguments: argparse.Namespace) -> int:
    """Delete what is old and print how many rows of each table that were."""
    settings = ready_settings()
    days: int | None = arguments.older_than
    counts = asyncio.run(_prune(settings, days, is_trial=arguments.dry_run))
    if arguments.json:
        kept = settings.retention_jobs_days if days is None else days
        sys.stdout.write(json.dumps({"dryRun": arguments.dry_run, "olderThanDays": kept, "rows": counts}) + "\n")
        return 0
    sys.stdout.write("".join(f"{name:<18} {count}\n" for name, count in counts.items()))
    sys.stderr.write("Nothing was deleted.\n" if arguments.dry_run else "The rows of jobs stay, without their texts.\n")
    return 0


async def _prune(settings: Settings, older_than_days: int | None, *, is_trial: bool) -> dict[str, int]:
    async with open_services(settings) as services:
        limits = retention.limits(settings, services.now_ms(), older_than_days=older_than_days)
        return await retention.clean_up(services, limits, is_trial=is_trial)

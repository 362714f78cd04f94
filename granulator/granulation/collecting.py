"""Deleting the objects that no job names any more: texts of pruned jobs, and what a crash left before its batch.

Why no needed object can be deleted, without a lock between writers and this: a key holds the day of its writing, and
nobody writes or uses again an object of another day than today's. So a row that names an object is committed soon after
the object's own day, or never: its writer is a request or a leased job, which live for minutes. Here an object is first
looked at a whole day after that day has ended; by then every row that will ever name it is there to be read. The same
text written meanwhile is another object, under today's key.

That asks for clocks which agree to within hours, and for a storage (directory, or bucket and prefix) that one database
has to itself. What is older than the first job of the database, whose row is never deleted, belongs to another one and
stays: a server that was started on a new, empty database by mistake destroys nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from granulator.clock import DAY_MS
from granulator.services import Services
from granulator.store import jobs, payloads
from granulator.store.objects import PAGE, Listed

GRACE_MS: Final = DAY_MS
"""The least time an object is left alone after its day."""


@dataclass(frozen=True, slots=True)
class Collected:
    """How many objects were deleted, or would be, and their size in all."""

    objects: int = 0
    bytes: int = 0


async def collect(services: Services, *, older_than_ms: int = GRACE_MS, dry_run: bool = False) -> Collected:
    """Delete the objects that no row names and whose day ended ``older_than_ms`` ago, one day at least.

    Raises StorageError, DatabaseError; what was deleted until then is gone.
    """
    began_at = await jobs.began_at(services.db)
    if began_at is None:
        return Collected()
    last = (services.now_ms() - max(older_than_ms, GRACE_MS)) // DAY_MS - 1
    objects = size = 0
    for day in await services.objects.days():
        if not began_at // DAY_MS <= day <= last:
            continue
        orphans = await _orphans(services, day)
        for start in range(0, 0 if dry_run else len(orphans), PAGE):
            await services.objects.delete([each.key for each in orphans[start : start + PAGE]])
        objects += len(orphans)
        size += sum(each.size for each in orphans)
    return Collected(objects, size)


async def _orphans(services: Services, day: int) -> list[Listed]:
    found = [each async for page in services.objects.pages(day) for each in page]
    needed: set[str | None] = set()
    after = ""
    while some := await payloads.objects_of_day(services.db, day, after=after):
        needed.update(some)
        after = some[-1]
    return [each for each in found if each.sha256 not in needed]

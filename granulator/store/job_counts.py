"""How many jobs a list has in all, without counting again what can no longer change; in memory, exact, per process.

A job that has ended stays as it is and no row is ever deleted, so the jobs up to the first unfinished one are counted
once. Ids of the newest rows may become visible out of order where several write at once, so these are left out too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from granulator.model import JobStatus, StructureType
from granulator.store import columns
from granulator.store.database import Database, Statement

VISIBLE_AFTER_MS: Final = 120_000
"""No write is under way for so long: what was inserted before then is committed or never will be."""

LISTS_MOST: Final = 10_000
"""So many lists are remembered, those that were asked for last."""

# The id up to which nothing changes any more. The sum keeps SQLite from looking for the smallest id in the order of all
# ids, past every job that has ended: the unfinished ones have an index of their own.
SETTLED = """
SELECT COALESCE((SELECT id FROM jobs WHERE kind = 'granulation' AND created_at < ?1
                  ORDER BY created_at DESC LIMIT 1), 0) AS visible,
       (SELECT MIN(id + 0) FROM jobs WHERE status IN ('processing', 'validating', 'retry')) AS unfinished
"""

COUNT = """
SELECT COUNT(*) AS total, COUNT(CASE WHEN id <= ?4 THEN 1 END) AS settled FROM jobs
 WHERE client_id = ?1 AND kind = 'granulation' AND id > ?3
   AND (CAST(?2 AS TEXT) IS NULL OR structure_type = ?2)
"""

COUNT_OF_STATUS = """
SELECT COUNT(*) AS total, COUNT(CASE WHEN id <= ?4 THEN 1 END) AS settled FROM jobs
 WHERE client_id = ?1 AND kind = 'granulation' AND status = ?5 AND id > ?3
   AND (CAST(?2 AS TEXT) IS NULL OR structure_type = ?2)
"""

_List = tuple[str, JobStatus | None, StructureType | None]


class JobCounts:
    """Counts the jobs of lists over one database."""

    def __init__(self, db: Database, now_ms: Callable[[], int]) -> None:
        self._db = db
        self._now_ms = now_ms
        self._known: OrderedDict[_List, tuple[int, int]] = OrderedDict()

    async def total(self, client_id: str, status: JobStatus | None, structure_type: StructureType | None) -> int:
        """Return how many jobs of the tenant there are, of a status and of a type where these are given."""
        wanted = (client_id, status, structure_type)
        counted_to, known = self._known.get(wanted, (0, 0))
        settled = max(counted_to, await self._settled())
        params = (client_id, None if structure_type is None else structure_type.value, counted_to, settled)
        statement = Statement(COUNT, params)
        if status is not None:
            statement = Statement(COUNT_OF_STATUS, (*params, status.value))
        (row,) = await self._db.all(statement)
        self._remember(wanted, settled, known + columns.integer(row, "settled"))
        return known + columns.total(row)

    async def _settled(self) -> int:
        (row,) = await self._db.all(Statement(SETTLED, (self._now_ms() - VISIBLE_AFTER_MS,)))
        visible, unfinished = columns.integer(row, "visible"), columns.optional_integer(row, "unfinished")
        return visible if unfinished is None else min(visible, unfinished - 1)

    def _remember(self, wanted: _List, counted_to: int, known: int) -> None:
        # Of two that counted at the same time the one that came further is right for longer.
        if counted_to >= self._known.get(wanted, (0, 0))[0]:
            self._known[wanted] = (counted_to, known)
        self._known.move_to_end(wanted)
        if len(self._known) > LISTS_MOST:
            self._known.popitem(last=False)

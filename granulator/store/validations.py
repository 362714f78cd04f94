"""The table of validations: what validating a structure found; appended only."""

from __future__ import annotations

from granulator.model import JsonObject, Page, StructureType, Validation
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

ADD = """
INSERT INTO validations (client_id, structure_type, level, threshold, created_at, score, is_valid, result)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id
"""

ADD_TO_JOB = """
INSERT INTO validations (client_id, job_id, structure_type, level, threshold, created_at, score, is_valid, result)
SELECT client_id, id, CAST(?2 AS TEXT), CAST(?3 AS INTEGER), CAST(?4 AS REAL), CAST(?5 AS INTEGER),
       CAST(?6 AS INTEGER), CAST(?7 AS INTEGER), CAST(?8 AS TEXT)
  FROM jobs WHERE client_id = ?1 AND execution_id = ?9 RETURNING id
"""

PAGE = """SELECT * FROM validations WHERE job_id = ?1 AND client_id = ?2 ORDER BY id DESC LIMIT ?3 OFFSET ?4"""

COUNT = """SELECT COUNT(*) AS total FROM validations WHERE job_id = ?1 AND client_id = ?2"""


def add(
    *,
    client_id: str,
    execution_id: str | None,
    structure_type: StructureType,
    level: int,
    threshold: float,
    created_at: int,
    score: int | None,
    is_valid: bool | None,
    result: JsonObject,
) -> Statement:
    """Add a result, to the tenant's job of the execution id if one is given; the batch answers with its id."""
    params = (client_id, structure_type.value, level, threshold, created_at, score, is_valid, columns.to_json(result))
    if execution_id is None:
        return Statement(ADD, params, must_change=True)
    return Statement(ADD_TO_JOB, (*params, execution_id), must_change=True)


async def page(db: Database, *, client_id: str, job_id: int, limit: int, offset: int) -> Page[Validation]:
    """Return one page of the tenant's results for a job, newest first."""
    rows = await db.all(Statement(PAGE, (job_id, client_id, limit, offset)))
    total = await db.first(Statement(COUNT, (job_id, client_id)))
    return Page(tuple(_validation(row) for row in rows), columns.total(total))


def _validation(row: Row) -> Validation:
    return Validation(
        id=columns.integer(row, "id"),
        client_id=columns.text(row, "client_id"),
        job_id=columns.optional_integer(row, "job_id"),
        structure_type=StructureType(columns.text(row, "structure_type")),
        level=columns.integer(row, "level"),
        threshold=columns.number(row, "threshold"),
        created_at=columns.integer(row, "created_at"),
        score=columns.optional_integer(row, "score"),
        is_valid=columns.optional_flag(row, "is_valid"),
        result=columns.json_object(row, "result"),
    )

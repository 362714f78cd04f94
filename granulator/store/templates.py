"""The table of templates: the stored templates and how often they were used; not the files they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from granulator.model import Json, JsonObject, Page, StructureType, Template
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# Shipped templates are put at every start. What an administrator changed or deleted stays as it is, and so does the row
# of a template that is no different.
PUT = """
INSERT INTO templates (name, version, structure_type, document, created_at, updated_at)
SELECT ?1, CAST(?2 AS INTEGER), ?3, ?4, CAST(?5 AS INTEGER), CAST(?5 AS INTEGER)
 WHERE NOT EXISTS (SELECT 1 FROM templates WHERE name = ?1 AND deleted_at IS NOT NULL AND origin = 'shipped')
ON CONFLICT (name) WHERE deleted_at IS NULL DO UPDATE
   SET version = excluded.version, structure_type = excluded.structure_type, document = excluded.document,
       updated_at = excluded.updated_at
 WHERE templates.document <> excluded.document AND templates.origin = 'shipped' AND templates.is_changed = 0
"""

CREATE = """
INSERT INTO templates (name, version, structure_type, document, created_at, updated_at, origin)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'admin')
ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING
"""

CHANGE = """
UPDATE templates SET version = ?4, document = ?5, updated_at = ?6, is_changed = 1
 WHERE name = ?1 AND version = ?2 AND created_at = ?3 AND deleted_at IS NULL
"""

DELETE = """UPDATE templates SET deleted_at = ?2 WHERE name = ?1 AND deleted_at IS NULL"""

USE = """UPDATE templates SET usage_count = usage_count + 1 WHERE name = ?1 AND deleted_at IS NULL"""

USE_COPY = """
UPDATE templates SET usage_count = usage_count + 1 WHERE name = ?1 AND created_at = ?2 AND deleted_at IS NULL
"""

GET = """SELECT * FROM templates WHERE name = ?1 AND deleted_at IS NULL"""

PAGE = """
SELECT * FROM templates
 WHERE deleted_at IS NULL AND (CAST(?1 AS TEXT) IS NULL OR structure_type = ?1)
 ORDER BY name LIMIT ?2 OFFSET ?3
"""

COUNT = """
SELECT COUNT(*) AS total FROM templates
 WHERE deleted_at IS NULL AND (CAST(?1 AS TEXT) IS NULL OR structure_type = ?1)
"""


def put(template: Template, now: int) -> Statement:
    """Store a shipped template, new or in place of the one of its name, whose use count and age it keeps.

    It changes nothing where an administrator changed or deleted the one of this name.
    """
    return Statement(PUT, (template.name, template.version, template.structure_type.value, to_json(template), now))


def create(template: Template, now: int) -> Statement:
    """Store an administrator's new template; it fails the batch when there is one of this name."""
    row = (template.name, template.version, template.structure_type.value, to_json(template), now)
    return Statement(CREATE, row, must_change=True)


def change(before: Template, after: Template, now: int) -> Statement:
    """Put an administrator's template in place of ``before``; it fails the batch when another is there by now."""
    row = (before.name, before.version, before.created_at, after.version, to_json(after), now)
    return Statement(CHANGE, row, must_change=True)


def delete(name: str, now: int) -> Statement:
    """Take a template off the list and free its name; it fails the batch when there is none."""
    return Statement(DELETE, (name, now), must_change=True)


def use(name: str) -> Statement:
    """Count one use; it fails the batch when the template is gone."""
    return Statement(USE, (name,), must_change=True)


def use_copy(template: Template) -> Statement:
    """Count one use of a template of which a job has a copy; one that is gone, or only has its name, counts nothing."""
    return Statement(USE_COPY, (template.name, template.created_at))


async def get(db: Database, name: str) -> Template | None:
    """Return the template of exactly this name."""
    row = await db.first(Statement(GET, (name,)))
    return None if row is None else _template(row)


async def page(db: Database, *, structure_type: StructureType | None = None, limit: int, offset: int) -> Page[Template]:
    """Return one page of the templates, of one type or of all, by name."""
    wanted = None if structure_type is None else structure_type.value
    rows = await db.all(Statement(PAGE, (wanted, limit, offset)))
    total = await db.first(Statement(COUNT, (wanted,)))
    return Page(tuple(_template(row) for row in rows), columns.total(total))


def copy_of(template: Template) -> str:
    """Return a template as the text a job keeps: with its age, by which it is told from another of its name."""
    return columns.to_json({**_document(template), "created_at": template.created_at})


def to_json(template: Template) -> str:
    """Return all of a template that its author decides, as the text that is stored."""
    return columns.to_json(_document(template))


def _document(template: Template) -> JsonObject:
    return {
        "name": template.name,
        "structure_type": template.structure_type.value,
        "description": template.description,
        "complexity_level": template.complexity_level,
        "target_audience": template.target_audience,
        "version": template.version,
        "tone": template.tone,
        "style": template.style,
        "schema": template.schema,
        "validation_rules": template.validation_rules,
        "structure_rules": template.structure_rules,
        "word_targets": {name: [*numbers] for name, numbers in template.word_targets.items()},
        "prompts": template.prompts,
        "scaffold": template.scaffold,
        "fallback": [*template.fallback],
        "threshold": template.threshold,
    }


@lru_cache(maxsize=64)
def from_json(text: str) -> Template:
    """Return what ``to_json`` or ``copy_of`` wrote; it is read for every list and job and seldom changes."""
    document = cast(dict[str, Json], json.loads(text))
    scaffold = document["scaffold"]
    return Template(
        name=cast(str, document["name"]),
        structure_type=StructureType(cast(str, document["structure_type"])),
        description=cast(str, document["description"]),
        complexity_level=cast(int, document["complexity_level"]),
        target_audience=cast(str, document["target_audience"]),
        version=cast(int, document["version"]),
        tone=cast(str, document["tone"]),
        style=cast(str, document["style"]),
        schema=cast(Mapping[str, Json], document["schema"]),
        validation_rules=cast(Mapping[str, int], document["validation_rules"]),
        structure_rules=cast(Mapping[str, Json], document["structure_rules"]),
        word_targets=cast(Mapping[str, Sequence[int]], document["word_targets"]),
        prompts=cast(Mapping[str, str], document["prompts"]),
        scaffold=None if scaffold is None else cast(Mapping[str, Json], scaffold),
        fallback=tuple(cast(list[str], document["fallback"])),
        threshold=cast("float | None", document["threshold"]),
        created_at=cast(int, document.get("created_at", 0)),
    )


def _template(row: Row) -> Template:
    return replace(
        from_json(columns.text(row, "document")),
        usage_count=columns.integer(row, "usage_count"),
        created_at=columns.integer(row, "created_at"),
    )

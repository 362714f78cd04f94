"""The table of templates: the stored templates and how often they were used; not the files they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from granulator.model import Json, Page, StructureType, Template
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# Unchanged templates are put at every start: they keep their row as it is.
PUT = """
INSERT INTO templates (name, version, structure_type, document, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?5)
ON CONFLICT (name) WHERE deleted_at IS NULL DO UPDATE
   SET version = excluded.version, structure_type = excluded.structure_type, document = excluded.document,
       updated_at = excluded.updated_at
 WHERE templates.document <> excluded.document
"""

USE = """UPDATE templates SET usage_count = usage_count + 1 WHERE name = ?1 AND deleted_at IS NULL"""

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
    """Store a template, new or in place of the one of its name, whose use count and age it keeps."""
    return Statement(PUT, (template.name, template.version, template.structure_type.value, to_json(template), now))


def use(name: str) -> Statement:
    """Count one use; it fails the batch when the template is gone."""
    return Statement(USE, (name,), must_change=True)


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


def to_json(template: Template) -> str:
    """Return all of a template that its author decides, as the text that is stored."""
    return columns.to_json(
        {
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
        }
    )


@lru_cache(maxsize=64)
def from_json(text: str) -> Template:
    """Return the template that ``to_json`` wrote; it is read for every list and job, and seldom changes."""
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
    )


def _template(row: Row) -> Template:
    return replace(
        from_json(columns.text(row, "document")),
        usage_count=columns.integer(row, "usage_count"),
        created_at=columns.integer(row, "created_at"),
    )

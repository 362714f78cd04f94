"""Templates: stored whole, found by exact name, counted by use."""

import dataclasses

import pytest

from granulator.model import StructureType, Template
from granulator.store import templates
from granulator.store.database import Database, GuardFailed, Statement
from tests.store.conftest import NOW


async def test_get_returns_the_template_that_was_put(db: Database, template: Template) -> None:
    await db.batch([templates.put(template, NOW)])

    assert await templates.get(db, "course_basic") == dataclasses.replace(template, created_at=NOW)


@pytest.mark.parametrize("name", ["course", "Course_basic", "course_basic ", "course%", ""])
async def test_get_finds_no_other_name(db: Database, template: Template, name: str) -> None:
    await db.batch([templates.put(template, NOW)])

    assert await templates.get(db, name) is None


async def test_a_new_version_keeps_age_and_use_count(db: Database, template: Template) -> None:
    await db.batch([templates.put(template, NOW), templates.use("course_basic")])
    newer = dataclasses.replace(template, version=2, scaffold={"modules": []})

    await db.batch([templates.put(newer, NOW + 5)])

    expected = dataclasses.replace(newer, usage_count=1, created_at=NOW)
    assert await templates.get(db, "course_basic") == expected


async def test_putting_the_same_template_again_changes_nothing(db: Database, template: Template) -> None:
    await db.batch([templates.put(template, NOW)])

    (again,) = await db.batch([templates.put(template, NOW + 5)])

    assert again.changes == 0


async def test_use_fails_the_batch_when_the_template_is_gone(db: Database, template: Template) -> None:
    await db.batch([templates.put(template, NOW)])
    await db.batch([Statement("UPDATE templates SET deleted_at = ?1", (NOW,))])

    with pytest.raises(GuardFailed):
        await db.batch([templates.use("course_basic")])


async def test_page_lists_by_name_and_counts_all_matches(db: Database, template: Template) -> None:
    named = [("quiz_a", StructureType.QUIZ), ("course_b", StructureType.COURSE), ("course_a", StructureType.COURSE)]
    await db.batch(
        [templates.put(dataclasses.replace(template, name=name, structure_type=kind), NOW) for name, kind in named]
    )

    everything = await templates.page(db, limit=2, offset=1)
    courses = await templates.page(db, structure_type=StructureType.COURSE, limit=1, offset=0)

    assert ([each.name for each in everything.rows], everything.total) == (["course_b", "quiz_a"], 3)
    assert ([each.name for each in courses.rows], courses.total) == (["course_a"], 2)

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


async def test_use_of_a_copy_counts_for_the_template_it_was_made_of_while_it_is_there(
    db: Database, template: Template
) -> None:
    await db.batch([templates.put(template, NOW)])
    found = await templates.get(db, "course_basic")
    assert found is not None
    of_another = dataclasses.replace(found, created_at=NOW - 1)

    used = await db.batch([templates.use_copy(found), templates.use_copy(of_another)])
    await db.batch([templates.delete("course_basic", NOW)])
    gone = await db.batch([templates.use_copy(found)])

    assert [each.changes for each in (*used, *gone)] == [1, 0, 0]


async def test_a_copy_is_the_template_with_its_age(template: Template) -> None:
    aged = dataclasses.replace(template, created_at=NOW)

    assert templates.from_json(templates.copy_of(aged)) == aged
    assert templates.from_json(templates.to_json(aged)) == template


async def test_a_template_keeps_its_threshold(db: Database, template: Template) -> None:
    await db.batch([templates.put(dataclasses.replace(template, threshold=72.5), NOW)])

    found = await templates.get(db, "course_basic")
    assert found is not None
    assert found.threshold == 72.5


async def test_a_name_can_be_created_once_until_it_is_deleted(db: Database, template: Template) -> None:
    await db.batch([templates.create(template, NOW)])
    with pytest.raises(GuardFailed):
        await db.batch([templates.create(template, NOW)])

    await db.batch([templates.delete("course_basic", NOW + 1), templates.create(template, NOW + 2)])

    assert await templates.get(db, "course_basic") == dataclasses.replace(template, created_at=NOW + 2)
    with pytest.raises(GuardFailed):
        await db.batch([templates.delete("course", NOW)])


async def test_a_template_is_changed_only_by_who_knows_what_it_is_now(db: Database, template: Template) -> None:
    shown = dataclasses.replace(template, created_at=NOW)
    first, second = dataclasses.replace(template, version=2), dataclasses.replace(template, version=2, tone="dry")
    await db.batch([templates.put(template, NOW), templates.change(shown, first, NOW)])

    for outdated in (shown, dataclasses.replace(shown, version=2, created_at=NOW - 1)):
        with pytest.raises(GuardFailed):
            await db.batch([templates.change(outdated, second, NOW)])

    assert await templates.get(db, "course_basic") == dataclasses.replace(first, created_at=NOW)


async def test_putting_a_template_leaves_alone_what_was_changed_created_or_deleted(
    db: Database, template: Template
) -> None:
    named = {name: dataclasses.replace(template, name=name) for name in ("changed", "created", "deleted")}
    before, changed = (dataclasses.replace(named["changed"], created_at=NOW, tone=tone) for tone in ("friendly", "dry"))
    await db.batch([templates.put(named["changed"], NOW), templates.put(named["deleted"], NOW)])
    await db.batch([templates.change(before, changed, NOW), templates.create(named["created"], NOW)])
    await db.batch([templates.delete("deleted", NOW)])

    newer = [templates.put(dataclasses.replace(each, version=9), NOW) for each in named.values()]
    done = await db.batch(newer)

    assert [each.changes for each in done] == [0, 0, 0]


async def test_page_lists_by_name_and_counts_all_matches(db: Database, template: Template) -> None:
    named = [("quiz_a", StructureType.QUIZ), ("course_b", StructureType.COURSE), ("course_a", StructureType.COURSE)]
    await db.batch(
        [templates.put(dataclasses.replace(template, name=name, structure_type=kind), NOW) for name, kind in named]
    )

    everything = await templates.page(db, limit=2, offset=1)
    courses = await templates.page(db, structure_type=StructureType.COURSE, limit=1, offset=0)

    assert ([each.name for each in everything.rows], everything.total) == (["course_b", "quiz_a"], 3)
    assert ([each.name for each in courses.rows], courses.total) == (["course_a"], 2)

"""API keys and sessions: good until revoked or expired, a session never longer than its key."""

import dataclasses

import pytest

from granulator.model import ApiKey, Page
from granulator.store import credentials
from granulator.store.database import Database, GuardFailed, Statement, StatementRejected
from tests.store.conftest import NOW

SESSION = credentials.open_session("s1", "k1", "acme", now=NOW, expires_at=NOW + 500)


async def test_by_hash_returns_the_key_that_was_issued(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1")])

    assert await credentials.by_hash(db, "h1", NOW) == api_key
    assert await credentials.by_hash(db, "h2", NOW) is None


async def test_a_key_is_refused_from_the_millisecond_it_expires(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1")])

    assert await credentials.by_hash(db, "h1", NOW + 999) == api_key
    assert await credentials.by_hash(db, "h1", NOW + 1000) is None
    assert await credentials.by_id(db, "k1") == api_key


async def test_revoke_ends_the_key_and_its_sessions_at_once(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1"), SESSION])

    await db.batch([credentials.revoke("k1", NOW + 1)])

    assert await credentials.by_hash(db, "h1", NOW + 1) is None
    assert await credentials.live_session(db, "s1", NOW + 1) is None


async def test_revoke_changes_a_row_only_the_first_time(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1")])

    done = await db.batch([credentials.revoke(key_id, NOW + 1) for key_id in ("k1", "k1", "unknown")])

    assert [each.changes for each in done] == [1, 0, 0]
    assert await credentials.by_id(db, "k1") == dataclasses.replace(api_key, revoked_at=NOW + 1)


async def test_a_hash_belongs_to_one_key(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1")])

    with pytest.raises(StatementRejected):
        await db.batch([credentials.issue(dataclasses.replace(api_key, id="k2"), hash="h1")])


async def test_list_returns_all_keys_or_one_tenants_newest_first(db: Database, api_key: ApiKey) -> None:
    newer = dataclasses.replace(api_key, id="k2", created_at=NOW + 1)
    other = dataclasses.replace(api_key, id="k3", client_id="other", created_at=NOW + 2)
    await db.batch([credentials.issue(key, hash=key.id) for key in (api_key, newer, other)])

    assert await credentials.list(db) == (other, newer, api_key)
    assert await credentials.list(db, client_id="acme") == (newer, api_key)


async def test_touch_notes_the_use_at_most_once_a_minute(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1")])

    done = await db.batch([credentials.touch("k1", NOW + ms) for ms in (0, 60_000, 60_001)])

    assert [each.changes for each in done] == [1, 0, 1]
    assert await credentials.by_id(db, "k1") == dataclasses.replace(api_key, last_used_at=NOW + 60_001)


async def test_live_session_names_its_key_until_it_expires(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1"), SESSION])

    seen = [await credentials.live_session(db, "s1", NOW + ms) for ms in (0, 499, 500)]

    assert seen == ["k1", "k1", None]


async def test_live_session_ends_with_the_expiry_of_its_key(db: Database, api_key: ApiKey) -> None:
    short = dataclasses.replace(api_key, expires_at=NOW + 100)
    await db.batch([credentials.issue(short, hash="h1"), SESSION])

    seen = [await credentials.live_session(db, "s1", NOW + ms) for ms in (99, 100)]

    assert seen == ["k1", None]


async def test_a_closed_session_stays_closed(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h1"), SESSION])

    done = await db.batch([credentials.close_session("s1", NOW), credentials.close_session("s1", NOW)])

    assert [each.changes for each in done] == [1, 0]
    assert await credentials.live_session(db, "s1", NOW) is None


async def test_page_returns_all_keys_or_one_tenants_with_their_number(db: Database, api_key: ApiKey) -> None:
    newer = dataclasses.replace(api_key, id="k2", created_at=NOW + 1)
    other = dataclasses.replace(api_key, id="k3", client_id="other", created_at=NOW + 2)
    await db.batch([credentials.issue(key, hash=key.id) for key in (api_key, newer, other)])

    assert await credentials.page(db, limit=2, offset=1) == Page((newer, api_key), 3)
    assert await credentials.page(db, client_id="acme", limit=1, offset=0) == Page((newer,), 2)


async def test_a_rotated_key_is_known_by_both_secrets_until_the_grace_is_over(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="old")])

    await db.batch([credentials.rotate(api_key, hash="new", prefix="gr_new", previous_until=NOW + 10)])

    rotated = dataclasses.replace(api_key, prefix="gr_new", generation=2, previous_until=NOW + 10)
    assert [await credentials.by_hash(db, hash, NOW + 9) for hash in ("new", "old")] == [rotated, rotated]
    assert [await credentials.by_hash(db, hash, NOW + 10) for hash in ("new", "old")] == [rotated, None]


async def test_without_a_grace_the_old_secret_ends_at_once(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="old")])

    await db.batch([credentials.rotate(api_key, hash="new", prefix="gr_new", previous_until=None)])

    assert await credentials.by_hash(db, "old", NOW) is None
    assert await db.all(Statement("SELECT previous_hash FROM api_keys")) == [{"previous_hash": None}]


async def test_a_second_rotation_ends_the_first_secret(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="one")])
    for hash in ("two", "three"):
        key = await credentials.by_id(db, "k1")
        assert key is not None
        await db.batch([credentials.rotate(key, hash=hash, prefix="gr_new", previous_until=NOW + 10)])

    good = [await credentials.by_hash(db, hash, NOW) is not None for hash in ("one", "two", "three")]
    assert good == [False, True, True]


async def test_of_two_rotations_at_the_same_time_one_begins_again(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="old")])
    await db.batch([credentials.rotate(api_key, hash="new", prefix="gr_new", previous_until=None)])

    with pytest.raises(GuardFailed):
        await db.batch([credentials.rotate(api_key, hash="newer", prefix="gr_new", previous_until=None)])


async def test_a_revoked_key_is_known_by_neither_secret_and_cannot_be_rotated(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="old")])
    await db.batch([credentials.rotate(api_key, hash="new", prefix="gr_new", previous_until=NOW + 10)])
    await db.batch([credentials.revoke("k1", NOW)])

    revoked = await credentials.by_id(db, "k1")
    assert revoked is not None
    assert [await credentials.by_hash(db, hash, NOW) for hash in ("new", "old")] == [None, None]
    with pytest.raises(GuardFailed):
        await db.batch([credentials.rotate(revoked, hash="newest", prefix="gr", previous_until=None)])

"""The audit trail: what was recorded stays."""

from granulator.store import audit
from granulator.store.database import Database, Statement
from tests.store.conftest import NOW


async def test_record_keeps_who_did_what_to_which_object(db: Database) -> None:
    await db.batch(
        [audit.record(client_id="acme", actor="command", action="key.revoke", object_id="k1", detail={"n": 1}, now=NOW)]
    )

    assert await db.all(Statement("SELECT * FROM audit")) == [
        {
            "id": 1,
            "client_id": "acme",
            "actor": "command",
            "action": "key.revoke",
            "object": "k1",
            "detail": '{"n":1}',
            "created_at": NOW,
        }
    ]

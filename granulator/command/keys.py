"""``granulator keys``: issue, list, rotate and revoke API keys from the machine the database is on."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from granulator import errors
from granulator.api import keys
from granulator.api.auth import CLIENT_ID, WORKER_ID, worker_principal
from granulator.clock import moment, moment_or_none
from granulator.command.serve import ready_settings
from granulator.model import ApiKey, JsonObject
from granulator.services import open_services
from granulator.settings import Settings
from granulator.store import credentials
from granulator.store.database import StatementRejected
from granulator.webhooks.signing import own_secrets


def create_command(arguments: argparse.Namespace) -> int:
    """Issue a key and print its secrets, which cannot be shown again."""
    if not CLIENT_ID.fullmatch(arguments.client):
        sys.stderr.write("granulator: --client must be 1 to 128 of A-Z a-z 0-9 . _ : -\n")
        return 2
    if not 1 <= len(arguments.name) <= 200 or not arguments.name.isprintable():
        sys.stderr.write("granulator: --name must be 1 to 200 printable characters\n")
        return 2
    _show(asyncio.run(_create(ready_settings(), arguments.client, arguments.name)), is_json=arguments.json)
    return 0


def rotate_command(arguments: argparse.Namespace) -> int:
    """Give a key new secrets and print them; the old ones stay good for the grace time."""
    try:
        issued = asyncio.run(_rotate(ready_settings(), arguments.key_id, arguments.grace))
    except (errors.KeyNotFound, StatementRejected):
        sys.stderr.write(f"granulator: there is no key {arguments.key_id} that is still good\n")
        return 2
    _show(issued, is_json=arguments.json)
    return 0


def webhook_secret_command(arguments: argparse.Namespace) -> int:
    """Print the secrets that sign the webhooks of a worker's jobs, the current one first."""
    if not WORKER_ID.fullmatch(arguments.worker) or not CLIENT_ID.fullmatch(arguments.client or "-"):
        sys.stderr.write("granulator: --worker and --client are as in X-Worker-ID and X-Client-ID\n")
        return 2
    principal_id = worker_principal(arguments.worker, arguments.client).id
    found = own_secrets(ready_settings(), principal_id)
    sys.stdout.write("".join(f"{secret}\n" for secret in found))
    return 0


def list_command(arguments: argparse.Namespace) -> int:
    """List keys, newest first."""
    found = asyncio.run(_list(ready_settings(), arguments.client))
    if arguments.json:
        sys.stdout.write(json.dumps([_row(key) for key in found]) + "\n")
        return 0
    for key in found:
        state = "revoked" if key.revoked_at else "active"
        sys.stdout.write(f"{key.id}  {key.prefix}…  {key.client_id}  {key.name}  {state}  {moment(key.created_at)}\n")
    return 0


def revoke_command(arguments: argparse.Namespace) -> int:
    """End a key and its sessions."""
    try:
        ended = asyncio.run(_revoke(ready_settings(), arguments.key_id))
    except (errors.KeyNotFound, StatementRejected):
        sys.stderr.write(f"granulator: there is no key {arguments.key_id}\n")
        return 2
    sys.stdout.write(f"{arguments.key_id} {'revoked' if ended else 'had been revoked before'}\n")
    return 0


def _show(issued: keys.IssuedKey, *, is_json: bool) -> None:
    shown = {
        "clientId": issued.key.client_id,
        "keyId": issued.key.id,
        "apiKey": issued.secret,
        "webhookSecret": issued.webhook_secret,
    }
    if is_json:
        sys.stdout.write(json.dumps(shown) + "\n")
        return
    sys.stdout.write("".join(f"{name:<14} {value}\n" for name, value in shown.items()))
    sys.stderr.write("Keep both secrets now: they are not shown again.\n")


async def _create(settings: Settings, client_id: str, name: str) -> keys.IssuedKey:
    async with open_services(settings) as services:
        return await keys.issue(services, client_id=client_id, name=name)


async def _rotate(settings: Settings, key_id: str, grace_seconds: int) -> keys.IssuedKey:
    async with open_services(settings) as services:
        return await keys.rotate(services, key_id, grace_seconds=grace_seconds)


async def _list(settings: Settings, client_id: str | None) -> tuple[ApiKey, ...]:
    async with open_services(settings) as services:
        return await credentials.list(services.db, client_id=client_id)


async def _revoke(settings: Settings, key_id: str) -> bool:
    async with open_services(settings) as services:
        return await keys.revoke(services, key_id)


def _row(key: ApiKey) -> JsonObject:
    return {
        "keyId": key.id,
        "clientId": key.client_id,
        "name": key.name,
        "prefix": key.prefix,
        "createdAt": moment(key.created_at),
        "expiresAt": moment_or_none(key.expires_at),
        "lastUsedAt": moment_or_none(key.last_used_at),
        "revokedAt": moment_or_none(key.revoked_at),
    }

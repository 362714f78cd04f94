"""Connections to PostgreSQL: how the URL is read, what holds on each, and the pool that renews them."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final, TypeAlias, cast

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from granulator.errors import ConfigurationError
from granulator.store.postgres_wire import Connection

Pool: TypeAlias = AsyncConnectionPool[Connection]

POOL_SIZE: Final = 10
"""Connections of one process: more do not make it faster, and servers allow about 100 in all."""

PATIENCE_SECONDS: Final = 10.0
"""How long a batch waits for a connection, and for a lock."""

RECONNECT_SECONDS: Final = 1.0

OLDEST_SERVER: Final = 120_000

_CONNECTION: Final[dict[str, str | int]] = {
    "connect_timeout": 5,
    "client_encoding": "utf8",
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What holds unless the URL says otherwise: a peer that is gone is noticed before a lease ends twice."""

# A client that is stopped inside a batch would hold its locks, and with them all claims of a caller. The limit of jobs
# per caller needs every statement to see what was committed before it.
_SESSION = """
SELECT set_config('idle_in_transaction_session_timeout', '5s', false), set_config('statement_timeout', '30s', false),
       set_config('lock_timeout', $1, false), set_config('default_transaction_isolation', 'read committed', false)
"""

_ENCODING = """SELECT current_setting('server_encoding') AS encoding"""

_UNREADABLE = (
    "cannot be read as postgresql://user:password@host:port/database;"
    " characters such as @ / : # ? in its password must be percent-encoded"
)


async def open_pool(url: str, *, named: str, size: int, patience_seconds: float) -> Pool:
    """Open a pool of connections to a server that answers now; later it may be restarted.

    ``named`` says in errors where the URL comes from. Raises ConfigurationError, never showing the password.
    """
    conninfo = _conninfo(url, named)
    await _check_server(conninfo, named)
    pool: Pool = AsyncConnectionPool(
        conninfo,
        connection_class=Connection,
        # The driver prepares nothing: when it forgets what it prepared, it makes the server forget all there is.
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "cursor_factory": AsyncRawCursor,
            "prepare_threshold": None,
        },
        configure=partial(_configure, patience_seconds=patience_seconds),
        min_size=1,
        max_size=size,
        timeout=patience_seconds,
        reconnect_timeout=RECONNECT_SECONDS,
        reconnect_failed=_try_again,
        open=False,
        name="granulator",
    )
    # What a batch fails by is raised, and need not be logged as well.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    # It would write three lines for every statement.
    logging.getLogger("psycopg.pool").setLevel(logging.WARNING)
    # A pool that is busy connecting does not end when it is cancelled: whoever fails after this could not exit.
    await pool.open(wait=True)
    return pool


def _conninfo(url: str, named: str) -> str:
    """Return the URL with what holds unless it says otherwise."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Its message may quote a password.
        raise ConfigurationError(f"{named} {_UNREADABLE}") from None
    ports = str(given.get("port", "5432")).split(",")
    if "@" in str(given.get("host", "")) or not all(port.isdecimal() for port in ports if port):
        raise ConfigurationError(f"{named} {_UNREADABLE}")
    return make_conninfo("", **{**_CONNECTION, **cast(dict[str, str | int], given)})


async def _check_server(conninfo: str, named: str) -> None:
    try:
        async with await AsyncConnection.connect(conninfo, autocommit=True) as connection:
            version = connection.info.server_version
            (encoding,) = await (await connection.execute(_ENCODING)).fetchone() or ("",)
    except psycopg.Error as error:
        password = str(conninfo_to_dict(conninfo).get("password") or "\n")
        reason = " ".join(str(error).replace(password, "...").split())
        raise ConfigurationError(f"the database of {named} cannot be opened: {reason}") from None
    if version < OLDEST_SERVER or encoding != "UTF8":
        raise ConfigurationError(
            f"{named} names PostgreSQL {version // 10_000} in {encoding}: it must be version 12 or later, in UTF8"
        )


async def _configure(connection: Connection, *, patience_seconds: float) -> None:
    connection.adapters.register_loader("numeric", _NumberLoader)
    await connection.execute(_SESSION, [f"{round(patience_seconds * 1000)}ms"])


class _NumberLoader(Loader):
    """Reads sums and averages as the numbers that the other databases give."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


async def _try_again(pool: Pool) -> None:
    """Go on connecting once a second: the pool's own pauses double, and a server is back within seconds."""
    await pool.check()

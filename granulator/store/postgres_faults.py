"""What PostgreSQL and its driver raise, as what the program knows; repeats nothing itself."""

from __future__ import annotations

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from granulator.errors import DatabaseError
from granulator.store.database import StatementRejected

STALE = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
"""What a prepared statement fails by that knows the columns before a migration, or that somebody took away."""

_WITHOUT_EFFECT = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    *STALE,
)

_LOST = (None, psycopg.errors.AdminShutdown.sqlstate, psycopg.errors.CrashShutdown.sqlstate)
"""How a connection ends that nobody here has ended."""

_REJECTED = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
    psycopg.errors.ProtocolViolation,  # values of another number than the placeholders
    ValueError,
)
"""What a statement did wrong by itself; after anything else the outcome is unknown."""

FAULTS = (psycopg.Error, OSError, ValueError)
"""All that a driver raises; running out of time is an OSError."""


def translated(error: Exception) -> DatabaseError:
    """Return the error that callers know."""
    if isinstance(error, PoolClosed):
        return DatabaseError("The database is closed")
    if isinstance(error, _REJECTED):
        return StatementRejected("The database refused a statement")
    return DatabaseError("The database did not answer")


def leaves_nothing(error: psycopg.Error) -> bool:
    """Tell whether a batch that failed so may be sent once more."""
    return isinstance(error, _WITHOUT_EFFECT)


def leaves_nothing_of_a_read(error: psycopg.Error) -> bool:
    """Tell whether a read that failed so may be sent once more."""
    is_lost = isinstance(error, psycopg.OperationalError) and error.sqlstate in _LOST
    return leaves_nothing(error) or (is_lost and not isinstance(error, PoolTimeout | PoolClosed))

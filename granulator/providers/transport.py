"""How a call travels: a free slot, an end in time, a client loaded off the loop, what broke. Knows no vendor's words.

Vendor packages hide what happened to a connection behind classes of their own, and not always the right one: the cause
is looked for below them, by name, so that nothing here imports an HTTP client.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from granulator.errors import ConfigurationError
from granulator.providers import faults
from granulator.providers.base import Deadline, Kind, ProviderFault
from granulator.providers.heard import Heard

if TYPE_CHECKING:
    import httpx2

Transport = Literal["aiohttp", "httpx2"]
T = TypeVar("T")

CONNECT_SECONDS = 5.0
"""A host that does not even accept a connection must not use up the time that a fallback needs."""

SPARE_CONNECTIONS = 16
"""Room in a pool beyond the calls let out: a closing connection still holds its place, and a full pool is a timeout."""


class Evidence(NamedTuple):
    """What a client's exception tells; ``billed`` is "no" where the request cannot have arrived."""

    kind: Kind
    billed: Literal["no", "maybe"]
    words: str


_NO_CONNECTION = Evidence(Kind.NETWORK, "no", "no connection could be made")
_SLOW_CONNECTION = Evidence(Kind.TIMEOUT, "no", "no connection was made in time")
_BROKEN = Evidence(Kind.NETWORK, "maybe", "the connection broke before the answer was complete")
_LATE = Evidence(Kind.TIMEOUT, "maybe", "the answer did not come in time")
_UNREADABLE = Evidence(Kind.MALFORMED, "maybe", "the answer cannot be read")
_UNSENDABLE = Evidence(Kind.BAD_REQUEST, "no", "the request cannot be sent; check the address and the key")

_AIOHTTP: Mapping[str, Evidence] = {
    "aiohttp.ClientConnectorError": _NO_CONNECTION,
    "aiohttp.ServerFingerprintMismatch": _NO_CONNECTION,
    "aiohttp.ClientHttpProxyError": _NO_CONNECTION,
    "aiohttp.ConnectionTimeoutError": _SLOW_CONNECTION,
    "aiohttp.ServerTimeoutError": _LATE,
    "aiohttp.ClientConnectionError": _BROKEN,
    "aiohttp.ClientPayloadError": _BROKEN,
    "aiohttp.UploadAbortedError": _BROKEN,
    "aiohttp.ClientResponseError": _UNREADABLE,
    "aiohttp.InvalidURL": _UNSENDABLE,
    "aiohttp.NonHttpUrlClientError": _UNSENDABLE,
    "aiohttp.RedirectClientError": _UNSENDABLE,
    "aiohttp.TooManyRedirects": _UNSENDABLE,
    "aiohttp.ClientError": _BROKEN,
}

_HTTPX: Mapping[str, Evidence] = {
    "ConnectError": _NO_CONNECTION,
    "ProxyError": _NO_CONNECTION,
    "ConnectionNotAvailable": _NO_CONNECTION,
    "ConnectTimeout": _SLOW_CONNECTION,
    "PoolTimeout": _SLOW_CONNECTION,
    "TimeoutException": _LATE,
    "NetworkError": _BROKEN,
    "RemoteProtocolError": _BROKEN,
    "DecodingError": _UNREADABLE,
    "UnsupportedProtocol": _UNSENDABLE,
    "LocalProtocolError": _UNSENDABLE,
    "TooManyRedirects": _UNSENDABLE,
    "InvalidURL": _UNSENDABLE,
    "ProtocolError": _BROKEN,
    "StreamError": _BROKEN,
    "HTTPError": _BROKEN,
}

_BELOW: Mapping[str, Evidence] = {
    "ssl.SSLCertVerificationError": _NO_CONNECTION,
    "socket.gaierror": _NO_CONNECTION,
    "builtins.ConnectionRefusedError": _NO_CONNECTION,
    "builtins.TimeoutError": _LATE,
    "builtins.OSError": _BROKEN,
    "anyio.EndOfStream": _BROKEN,
    "anyio.BrokenResourceError": _BROKEN,
    "anyio.ClosedResourceError": _BROKEN,
    "json.JSONDecodeError": _UNREADABLE,
    "builtins.UnicodeDecodeError": _UNREADABLE,
    "builtins.UnicodeEncodeError": _UNSENDABLE,
    # Nested too deeply, and a number of too many digits: the reader of streams lets both through as they are.
    "builtins.RecursionError": _UNREADABLE,
    "builtins.ValueError": _UNREADABLE,
}

# In this order: aiohttp below the SDKs is reported as a ConnectTimeout of httpx2 even where a server hung up, and a
# plain TimeoutError below a ConnectTimeout does not say that nothing was sent yet.
_CLIENTS: tuple[tuple[frozenset[str], Mapping[str, Evidence]], ...] = (
    (frozenset({"aiohttp"}), _AIOHTTP),
    (
        frozenset({"httpcore", "httpcore2", "httpx", "httpx2"}),
        {
            f"{module}.{name}": e
            for module in ("httpcore", "httpcore2", "httpx", "httpx2")
            for name, e in _HTTPX.items()
        },
    ),
    (frozenset({"anyio", "builtins", "json", "socket", "ssl"}), _BELOW),
)


def evidence(error: BaseException) -> Evidence | None:
    """Return what an exception, or one that led to it, tells about the connection; None if none of them does."""
    chain = list(_causes(error))
    for modules, table in _CLIENTS:
        for cause in chain:
            for ancestor in type(cause).__mro__:
                module = ancestor.__module__.partition(".")[0]
                if module in modules and (found := table.get(f"{module}.{ancestor.__name__}")):
                    return found
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


TAIL_SECONDS = 5.0


class Line:
    """The way out to one provider: so many calls at once, each with an end, every failure a ProviderFault."""

    def __init__(self, name: str, vendor: faults.Vendor, *, slots: int, secrets: tuple[str, ...] = ()) -> None:
        self._name, self._vendor, self._secrets = name, vendor, secrets
        self._slots = asyncio.Semaphore(slots)

    @asynccontextmanager
    async def call(self, deadline: Deadline, heard: Heard) -> AsyncIterator[None]:
        """Let one call out; what it raises comes back as a ProviderFault that carries what was heard."""
        if deadline.remaining() <= 0:
            raise ProviderFault(Kind.TIMEOUT, f"{self._name}: no time was left for a call")
        try:
            async with asyncio.timeout(deadline.remaining()), self._slots:
                yield
        except Exception as error:
            if heard.is_over and (isinstance(error, TimeoutError) or _is_broken(error)):
                return  # The answer had ended, and only its connection had not.
            fault = self._fault(error, heard)
            if fault is None:
                raise
            # The vendor's exception quotes what it was sent and got; it must not reach a traceback in a log.
            raise _with(fault, heard) from None

    def _fault(self, error: Exception, heard: Heard) -> ProviderFault | None:
        if isinstance(error, ProviderFault):
            return error
        answer = faults.answer_in(error)
        if answer is not None:
            return faults.read(self._vendor, answer, name=self._name, secrets=self._secrets)
        if isinstance(error, faults.Unusable):
            return ProviderFault(Kind.MALFORMED, f"{self._name}: {error}", status=200, billed="maybe")
        found = evidence(error)
        if found is None:
            return None
        billed = found.billed if heard.is_sent else "no"
        return ProviderFault(found.kind, f"{self._name}: {found.words}", billed=billed)


def end_soon(heard: Heard, limit: asyncio.Timeout, seconds: float) -> None:
    """Give a stream whose answer has ended so long to end itself: some servers keep it open without a word."""
    if heard.is_over and limit.when() is None:
        limit.reschedule(asyncio.get_running_loop().time() + seconds)


def _is_broken(error: Exception) -> bool:
    return faults.answer_in(error) is None and evidence(error) is _BROKEN


def _with(fault: ProviderFault, heard: Heard) -> ProviderFault:
    fault.partial = heard.text
    fault.request_id = fault.request_id or heard.request_id
    if heard.usage is not None:
        fault.usage, fault.billed = heard.spent(), "yes"
    return fault


class Loaded(Generic[T]):
    """Something that takes long to make, made once, in a thread, when it is first needed."""

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make, self._close = make, close
        self._making: asyncio.Task[T] | None = None
        self._is_closed = False

    async def get(self) -> T:
        """Return it; whoever waits may leave, the making goes on. Raises ProviderFault once it is closed."""
        if self._is_closed:
            raise ProviderFault(Kind.UNAVAILABLE, "the connections to the provider are closed")
        if self._making is None or _has_failed(self._making):
            self._making = asyncio.create_task(asyncio.to_thread(_lasting, self._make))
        return await asyncio.shield(self._making)

    async def aclose(self) -> None:
        """Close it if it was ever made."""
        self._is_closed = True
        if self._making is not None:
            making, self._making = self._making, None
            await asyncio.wait([making])
            if not _has_failed(making):
                await self._close(making.result())


def _lasting(make: Callable[[], T]) -> T:
    """Make it, and take the packages loaded for it out of the garbage collector's sight, for they stay.

    A pass over all that a vendor's package brings stops the event loop for tens of milliseconds, again and again.
    """
    known = len(sys.modules)
    made = make()
    if len(sys.modules) > known:
        gc.freeze()
    return made


def _has_failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def http_client(sdk: ModuleType, transport: Transport, calls: int) -> httpx2.AsyncClient:
    """Return a client of the kind an SDK takes, with room for ``calls`` at once."""
    httpx = import_module("httpx2")
    size = calls + SPARE_CONNECTIONS
    limits = httpx.Limits(max_connections=size, max_keepalive_connections=size)
    is_aiohttp = transport == "aiohttp" and find_spec("aiohttp") is not None
    # The SDKs would follow a redirect, and take the prompt to whatever host it names.
    client: httpx2.AsyncClient = (sdk.DefaultAioHttpClient if is_aiohttp else sdk.DefaultAsyncHttpxClient)(
        limits=limits, follow_redirects=False
    )
    return client


def usable_key(name: str, key: str) -> str:
    """Return a key without the white space it was pasted with.

    Raises ConfigurationError if no header can carry it: better here than as a failure of every call.
    """
    stripped = key.strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise ConfigurationError(f"The key of provider {name} contains characters that no key has")
    return stripped


def json_body(content: bytes) -> object:
    """Return a body as JSON, or None if it is not; NaN, Infinity and numbers that become it are no JSON."""
    try:
        return json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits)
    return value

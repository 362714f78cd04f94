"""What clients' exceptions tell about a connection, and the way a call is let out and a client is made."""

from __future__ import annotations

import asyncio
import builtins
import gc
import inspect
import json
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import aiohttp
import aiohttp.client_exceptions
import anyio
import httpcore
import httpcore2
import httpx
import httpx2
import pytest

from granulator.errors import ConfigurationError
from granulator.model import Usage
from granulator.providers import transport
from granulator.providers.base import Kind, ProviderFault, Stop
from granulator.providers.faults import OPENAI, Unusable
from granulator.providers.heard import Heard
from granulator.providers.transport import Line, Loaded, evidence, json_body, usable_key
from tests.providers.conftest import ask, within


def exceptions_of(*modules: ModuleType) -> Iterator[type[Exception]]:
    for module in modules:
        for found in vars(module).values():
            if inspect.isclass(found) and issubclass(found, Exception) and found.__module__.startswith(module.__name__):
                yield found


def test_every_exception_of_every_client_tells_something() -> None:
    kinds = [*exceptions_of(aiohttp.client_exceptions, httpx, httpx2), *exceptions_of(httpcore, httpcore2)]

    silent = {kind.__name__ for kind in kinds if evidence(bare(kind)) is None}

    assert len(kinds) > 80
    # Web sockets and cookies: no call of ours has either.
    assert silent == {"WSMessageTypeError", "CookieConflict"}


def test_every_row_names_a_class_that_exists() -> None:
    families = {
        (httpcore, httpcore2, httpx, httpx2): {name.partition(".")[2] for name in transport._CLIENTS[1][1]},
        (aiohttp,): {name.partition(".")[2] for name in transport._AIOHTTP},
        (anyio, builtins, json, socket, ssl): {name.partition(".")[2] for name in transport._BELOW},
    }

    missing = {
        name for modules, names in families.items() for name in names if not any(hasattr(m, name) for m in modules)
    }

    assert missing == set()


def bare(kind: type[BaseException]) -> BaseException:
    """An instance that no constructor has filled: only its class is looked at."""
    return kind.__new__(kind)


def chain(*kinds: type[BaseException]) -> BaseException:
    """The first exception, raised from the second, raised from the third."""
    outer, *inner = (bare(kind) for kind in kinds)
    for cause in inner:
        at = outer
        while at.__cause__ is not None:
            at = at.__cause__
        at.__cause__ = cause
    return outer


class SdkTimeout(Exception):
    """Stands for the SDKs' own classes, which say little."""


@pytest.mark.parametrize(
    ("error", "kind", "billed"),
    [
        (chain(SdkTimeout, httpx2.ConnectTimeout, aiohttp.ServerDisconnectedError), Kind.NETWORK, "maybe"),
        (chain(SdkTimeout, httpx2.ConnectTimeout, aiohttp.ClientConnectorError, OSError), Kind.NETWORK, "no"),
        (chain(SdkTimeout, httpx2.ConnectTimeout, aiohttp.ConnectionTimeoutError, TimeoutError), Kind.TIMEOUT, "no"),
        (chain(SdkTimeout, httpx2.ReadTimeout, aiohttp.SocketTimeoutError), Kind.TIMEOUT, "maybe"),
        (chain(SdkTimeout, httpx2.ReadError, aiohttp.ClientPayloadError), Kind.NETWORK, "maybe"),
        (chain(SdkTimeout, httpx2.ConnectTimeout, httpcore2.ConnectTimeout, TimeoutError), Kind.TIMEOUT, "no"),
        (chain(SdkTimeout, httpx2.ConnectError, httpcore2.ConnectError, ConnectionRefusedError), Kind.NETWORK, "no"),
        (chain(SdkTimeout, httpx2.ReadError, httpcore2.ReadError, ConnectionResetError), Kind.NETWORK, "maybe"),
        (chain(SdkTimeout, httpx2.PoolTimeout), Kind.TIMEOUT, "no"),
        (chain(SdkTimeout, anyio.EndOfStream), Kind.NETWORK, "maybe"),
        (bare(TimeoutError), Kind.TIMEOUT, "maybe"),
        (bare(httpx.DecodingError), Kind.MALFORMED, "maybe"),
        (bare(json.JSONDecodeError), Kind.MALFORMED, "maybe"),
        (bare(httpx2.LocalProtocolError), Kind.BAD_REQUEST, "no"),
        (bare(httpx2.InvalidURL), Kind.BAD_REQUEST, "no"),
    ],
)
def test_the_client_nearest_to_the_socket_is_believed(error: BaseException, kind: Kind, billed: str) -> None:
    told = evidence(error)

    assert told is not None
    assert (told.kind, told.billed) == (kind, billed)


def test_an_error_of_our_own_tells_nothing() -> None:
    assert evidence(KeyError("x")) is None


def test_what_was_set_aside_on_purpose_tells_nothing() -> None:
    error = KeyError("x")
    error.__context__ = TimeoutError()
    told, error.__suppress_context__ = evidence(error), True

    assert told is not None
    assert evidence(error) is None


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = KeyError("a"), KeyError("b")
    first.__context__, second.__context__ = second, first

    assert evidence(first) is None


async def test_a_fault_carries_what_was_heard_before_it() -> None:
    line, heard = Line("openai", OPENAI, slots=1), Heard(ask())

    heard.request_id = "req_1"
    heard.hear("half of ")
    heard.hear("it")
    heard.count(Usage(input_tokens=5, output_tokens=3))

    with pytest.raises(ProviderFault) as raised:
        async with line.call(within(), heard):
            raise Unusable("an answer like no other")

    assert raised.value == ProviderFault(
        Kind.MALFORMED,
        "openai: an answer like no other",
        status=200,
        request_id="req_1",
        billed="yes",
        partial="half of it",
        usage=Usage(input_tokens=5, output_tokens=3),
    )


async def test_a_slot_is_free_again_after_a_fault() -> None:
    line = Line("openai", OPENAI, slots=1)

    for _ in range(3):
        with pytest.raises(ProviderFault):
            async with line.call(within(1), Heard(ask())):
                raise Unusable("nothing")


async def test_an_unknown_error_goes_on_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with Line("openai", OPENAI, slots=1).call(within(), Heard(ask())):
            raise ZeroDivisionError


def test_what_was_heard_without_an_end_is_cut() -> None:
    heard = Heard(ask())
    heard.hear("half")

    result = heard.result()

    assert (result.stop, result.text, result.usage.is_estimated) == (Stop.CUT, "half", True)


async def test_something_is_made_once_for_all_who_wait_and_closed_once() -> None:
    made: list[str] = []
    closed: list[str] = []

    async def close(what: str) -> None:
        closed.append(what)

    loaded = Loaded(lambda: made.append(threading.current_thread().name) or "it", close)

    assert await asyncio.gather(loaded.get(), loaded.get(), loaded.get()) == ["it", "it", "it"]
    await loaded.aclose()
    await loaded.aclose()

    assert len(made) == 1
    assert made != [threading.main_thread().name]
    assert closed == ["it"]


async def test_whoever_leaves_while_it_is_made_does_not_undo_the_making() -> None:
    has_begun, may_end, made = threading.Event(), threading.Event(), list[int]()

    def make() -> int:
        has_begun.set()
        may_end.wait(5)
        made.append(1)
        return 1

    async def close(what: int) -> None:
        pass

    loaded = Loaded(make, close)
    leaving = asyncio.create_task(loaded.get())
    await asyncio.to_thread(has_begun.wait, 5)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    may_end.set()

    assert await loaded.get() == 1
    assert made == [1]


async def test_a_package_that_was_loaded_for_it_is_never_searched_for_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_vendors_package.py").write_text("CLASSES = [{}, {}]\n")
    monkeypatch.syspath_prepend(tmp_path)

    async def close(package: ModuleType) -> None:
        pass

    try:
        package = await Loaded(lambda: import_module("a_vendors_package"), close).get()
        searched = [found for found in gc.get_objects() if found is package.CLASSES]
    finally:
        sys.modules.pop("a_vendors_package", None)
        gc.unfreeze()

    assert searched == []


async def test_a_making_that_loads_nothing_leaves_garbage_to_be_found() -> None:
    async def close(what: list[object]) -> None:
        pass

    made = await Loaded(lambda: [object(), []], close).get()

    assert any(found is made for found in gc.get_objects())


async def test_a_making_that_failed_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("not now")
        return len(tries)

    async def close(what: int) -> None:
        pass

    loaded = Loaded(make, close)
    with pytest.raises(OSError, match="not now"):
        await loaded.get()

    assert await loaded.get() == 2


@pytest.mark.parametrize("key", ["sk-a\u200bb", "sk-a\nb", "sk-\u017e"])
def test_a_key_no_header_can_carry_is_refused_by_name_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="^The key of provider acme contains") as raised:
        usable_key("acme", key)

    assert key not in str(raised.value)


def test_a_key_loses_the_white_space_it_was_pasted_with() -> None:
    assert usable_key("acme", " sk-1\n") == "sk-1"


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"a": NaN}', b'{"a": -Infinity}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_none(content: bytes) -> None:
    assert json_body(content) is None

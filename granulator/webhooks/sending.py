"""One HTTP request to the checked addresses of a target; no redirect, cookie, proxy or second request, ever.

Loads httpx, and is therefore loaded when the first message is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Final

import httpx

from granulator.webhooks.addresses import Address
from granulator.webhooks.guard import Target
from granulator.webhooks.retrying import Answer

CONNECT_SECONDS: Final = 5.0
"""For each address: a host with a dead one among several is reached all the same."""

READ_MOST_BYTES: Final = 4096
READ_SECONDS: Final = 1.0
"""So much of an answer is read, for receivers that fail when nobody listens, and thrown away."""

NO_KEEPING: Final = httpx.Limits(max_connections=1, max_keepalive_connections=0)


async def post(
    target: Target,
    addresses: Sequence[Address],
    headers: Mapping[str, str],
    body: bytes,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Send ``body`` once and return the answer, or why there is none; ``trust`` replaces the usual authorities.

    The whole time is the caller's to limit. Never raises for what a receiver does.
    """
    unreached = Answer(None, "the host has no address")
    context = trust or _usual_trust()
    for address in addresses:
        try:
            return await _request(target, address, headers, body, context)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            unreached = Answer(None, _why(error))
            if _tls_fault(error) is not None:
                # The host was reached, and is not who it should be.
                break
        except httpx.TransportError as error:
            return Answer(None, _why(error))
    return unreached


async def _request(
    target: Target, address: Address, headers: Mapping[str, str], body: bytes, context: ssl.SSLContext
) -> Answer:
    """The address is in the URL; Host, SNI and the name in the certificate are those of the target.

    A bare transport follows no redirect, keeps no cookie and knows no proxy. Every request has one of its own: a kept
    connection could serve another host at the same address, whose certificate nobody has looked at.
    """
    url = httpx.URL(scheme=target.scheme, host=str(address), port=target.port, raw_path=target.path.encode("ascii"))
    request = httpx.Request(
        "POST",
        url,
        headers=[(b"Host", target.host_header.encode("ascii")), *_encoded(headers), (b"Connection", b"close")],
        content=body,
        extensions={"sni_hostname": target.host, "timeout": {"connect": CONNECT_SECONDS}},
    )
    async with httpx.AsyncHTTPTransport(verify=context, limits=NO_KEEPING) as transport:
        response = await transport.handle_async_request(request)
        await _drain(response)
    return Answer(response.status_code, retry_after=response.headers.get("retry-after"))


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


async def _drain(response: httpx.Response) -> None:
    """Read a little of the body as it comes, not unpacked. The status counts, whatever comes after it."""
    size = 0
    with suppress(TimeoutError, httpx.TransportError, httpx.StreamError):
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in response.aiter_raw(READ_MOST_BYTES):
                size += len(chunk)
                if size >= READ_MOST_BYTES:
                    break
    with suppress(httpx.TransportError):
        await response.aclose()


@cache
def _usual_trust() -> ssl.SSLContext:
    # Of the environment only SSL_CERT_FILE and SSL_CERT_DIR are heard: a receiver may have an authority of its own.
    return httpx.create_ssl_context()


def _why(error: httpx.TransportError) -> str:
    """Say in our own words why there is no answer: a library's text may hold addresses and names."""
    fault = _tls_fault(error)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return "the certificate of the host is not valid"
    if fault is not None:
        return "no secure connection was possible"
    kinds = (
        (httpx.TimeoutException, "the host could not be reached in time"),
        (httpx.ConnectError, "the host refused the connection or could not be reached"),
        (httpx.RemoteProtocolError, "the answer was not HTTP, or ended early"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), "the connection broke")


def _tls_fault(error: BaseException) -> ssl.SSLError | None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None

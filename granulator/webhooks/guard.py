"""The guard of outgoing requests: which URL a caller may make us call, and the addresses to connect to for it.

A host is resolved once, every address must pass, and the sender connects to those addresses and to no other: a name
that resolves differently a moment later changes nothing. Sending is elsewhere.

A port is 80, 443, or one from 1024 on that does not belong to another protocol: receivers use many, and what is refused
are the ports at which an HTTP request means something to a server that speaks no HTTP. For what WEBHOOK_ALLOW_HOSTS
lists, none of the rules below the spelling of the URL holds.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

from granulator.settings import Settings
from granulator.webhooks.addresses import Address, Network, is_public

Reason = Literal["syntax", "length", "credentials", "scheme", "host", "port", "address", "unresolvable"]
Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Resolves a host name to the texts of its addresses; raises OSError when it has none."""

LONGEST_URL: Final = 2048
LONGEST_HOST: Final = 253
LOOKUP_SECONDS: Final = 5.0
ADDRESSES_MOST: Final = 16

OTHER_PROTOCOLS: Final = frozenset(
    (1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672)
    + (5900, 5985, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 10250, 11211)
    + (25565, 27017, 27018, 27019)
)
"""Databases, mail, chat, remote control and what browsers refuse."""

PRIVATE_NAMES: Final = frozenset(
    ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "onion", "arpa")
)
"""Last labels of names that nobody outside means."""

_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?](?:[a-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE | re.ASCII,
)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)

# Threads of their own: a name server that never answers must not hold up the work of others.
_LOOKUPS: Final = ThreadPoolExecutor(8, thread_name_prefix="granulator-lookup")


class Refused(Exception):
    """The URL may not be called; ``reason`` is one word, the message is for whoever sent it."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason: Reason = reason
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, as they go on the wire; ``host`` is in lower case and without brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """What the Host header says; the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == (443 if self.scheme == "https" else 80)
        return host if is_usual else f"{host}:{self.port}"


def parse(url: str) -> Target:
    """Return the parts of a URL that is spelled as it must be; nothing about it is mended. Raises Refused."""
    if len(url) > LONGEST_URL:
        raise Refused("length", f"The URL has {len(url)} characters, at most {LONGEST_URL} are accepted")
    authority = re.split(r"[/?#\\]", url.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise Refused("credentials", "The URL must not hold a user name or password; send them in headers")
    found = _URL.fullmatch(url)
    if found is None:
        raise Refused("syntax", _misspelt(url))
    scheme: Literal["http", "https"] = "https" if found["scheme"].lower() == "https" else "http"
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if not 0 < port < 65_536:
        raise Refused("port", f"Port {port} does not exist")
    path = found["path"] or "/"
    return Target(scheme, _host(found["host"].lower()), port, path if path.startswith("/") else f"/{path}")


async def lookup(host: str) -> Sequence[str]:
    """Resolve a name as the operating system does. Raises OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LOOKUP_SECONDS):
        found = await loop.run_in_executor(_LOOKUPS, _resolve, host)
    return [str(entry[4][0]) for entry in found]


async def check(settings: Settings, url: str, *, lookup: Lookup = lookup) -> tuple[Target, tuple[Address, ...]]:
    """Return the parts of a URL and the addresses to connect to for it. Raises Refused."""
    target = parse(url)
    names, networks = _listed(settings.webhook_allow_hosts)
    is_listed = target.host in names
    broken = None if is_listed else _broken_rule(target, https_only=settings.is_production)
    if broken is not None and not networks:
        raise broken
    found = await _addresses(target.host, lookup)
    if is_listed or all(_is_in(address, networks) for address in found):
        return target, found
    if broken is not None:
        raise broken
    if not all(is_public(address) or _is_in(address, networks) for address in found):
        raise Refused("address", f"{target.host} has an address that is not public")
    return target, found


def shown(url: str) -> str:
    """Return a URL as it may be shown: without the values of its query, which may be secrets."""
    address, question, query = url.partition("?")
    if not question:
        return url
    return f"{address}?{'&'.join(_without_value(part) for part in query.split('&'))}"


def _without_value(part: str) -> str:
    name, equals, _ = part.partition("=")
    # What stands alone may be a secret itself.
    return f"{name}=***" if equals else "***"


def _misspelt(url: str) -> str:
    if not re.match(r"https?://", url, re.IGNORECASE):
        return "The URL must begin with http:// or https://"
    if not url.isascii():
        return "The URL must be ASCII: write an international host as xn--..., and all else percent-encoded"
    return "The URL is not spelled as RFC 3986 demands, or has a fragment, which is never sent"


def _host(text: str) -> str:
    """Return a host that is an address in its usual form, or a name; every other way to write a number is refused."""
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except AddressValueError as error:
            raise Refused("host", "The host is not an IPv6 address") from error
    labels = text.split(".")
    if len(text) > LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("host", "The host is not a name: letters, digits and inner hyphens between single dots")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text))
        except AddressValueError as error:
            raise Refused("host", "The host is a number, and not an IPv4 address in four decimal parts") from error
    return text


def _broken_rule(target: Target, *, https_only: bool) -> Refused | None:
    if https_only and target.scheme != "https":
        return Refused("scheme", "The URL must begin with https://")
    if target.port not in (80, 443) and (target.port < 1024 or target.port in OTHER_PROTOCOLS):
        return Refused("port", f"Port {target.port} is not accepted; use 443, 80 or one from 1024 on")
    labels = target.host.split(".")
    if ":" not in target.host and (len(labels) == 1 or labels[-1] in PRIVATE_NAMES):
        return Refused("host", f"{target.host} is not a name of the public internet")
    return None


async def _addresses(host: str, lookup: Lookup) -> tuple[Address, ...]:
    if (literal := _literal(host)) is not None:
        return (literal,)
    try:
        texts = dict.fromkeys(await lookup(host))
        found = tuple(ip_address(text) for text in texts)
    except (OSError, ValueError) as error:
        raise Refused("unresolvable", f"{host} does not resolve") from error
    if not found:
        raise Refused("unresolvable", f"{host} has no address")
    if len(found) > ADDRESSES_MOST:
        raise Refused("address", f"{host} has {len(found)} addresses, at most {ADDRESSES_MOST} are accepted")
    return found


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _resolve(host: str) -> Sequence[tuple[object, object, object, str, tuple[object, ...]]]:
    # UnicodeError, which the codec of names raises, is a ValueError and would not say what is wrong.
    try:
        return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host} cannot be resolved") from error


def _listed(entries: Sequence[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Return the names and the networks of the allow-list; an address alone is a network of one."""
    names: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry))
        except ValueError:
            names.add(entry.lower())
    return frozenset(names), tuple(networks)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)

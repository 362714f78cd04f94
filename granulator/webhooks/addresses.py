"""Which IP addresses are public: the tables and the unwrapping behind the guard; nothing is resolved here. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# ``is_global`` of the standard library is not enough: it calls multicast, NAT64, 6to4, site-local and some of
# 192.0.0.0/24 global, and changes with the version of Python. It is asked besides.
REFUSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host and network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; 100.100.100.200 is a metadata service
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a metadata service in public space
            "169.254.0.0/16",  # link-local; 169.254.169.254 is the metadata service of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved and broadcast
        ),
    )
)

PUBLIC_V6: Final = IPv6Network("2000::/3")
"""All that is handed out. Outside lie loopback, the IPv4-compatible ones, unique local (fd00:ec2::254), link-local,
site-local and multicast."""

REFUSED_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, benchmarking, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)

NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet; one that carries others is judged by all of those."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in REFUSED_V4)
    if carried := tuple(_carried(address)):
        return all(is_public(inner) for inner in carried)
    is_handed_out = address in PUBLIC_V6 and not any(address in network for network in REFUSED_V6)
    return is_handed_out and address.is_global and address.scope_id is None


def _carried(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that the packets to an IPv6 address end at."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in NAT64:
        # With a network behind NAT64 every name resolves to such an address, so they cannot all be refused.
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo

"""The guard: what may be called, how it is resolved once, and that nothing refused is ever connected to."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.settings import Settings
from granulator.webhooks import guard, sending
from granulator.webhooks.guard import Refused, Target
from tests.receivers import receiving

PUBLIC = "93.184.216.34"


class Resolver:
    """Answers every name with what it was given, in turn, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return found


SPELLED_WRONG = [
    "",
    "example.com",
    "//example.com/hook",
    "http:/example.com",
    "http:example.com",
    "http:///hook",
    "http://",
    "ftp://example.com/hook",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "unix:///var/run/docker.sock",
    "javascript:alert(1)",
    "data:text/plain,x",
    " http://example.com/",
    "http://example.com/ ",
    "http://exa mple.com/",
    "http://example.com/a b",
    "http://example.com/\tx",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://example.com\n.localhost/",
    "http://exam\x00ple.com/",
    "http://example.com/\x7f",
    "http://example.com/#fragment",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\example.com\\",
    "http://example.com/a\\b",
    "http://example.com/%zz",
    "http://example.com/%2",
    "http://example.com:/",
    "http://example.com:80:80/",
    "http://example.com:abc/",
    "http://example.com:+80/",
    "http://example.com:٨٠/",
    "http://[::1/",
    "http://::1/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1]x/",
    "http://%31%32%37.0.0.1/",
    "http://example%2ecom/",
    "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://ⓛocalhost/",
    "http://bücher.example/",
    "http://example.com/ü",
]

WITH_CREDENTIALS = [
    "http://127.0.0.1%2f@example.com/",
    "http://user@example.com/",
    "http://user:pass@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1:80@example.com/",
    "http://:@example.com/",
    "http://@127.0.0.1/",
]

WRONG_HOSTS = [
    "http://.example.com/",
    "http://example..com/",
    "http://example.com./",
    "http://127.0.0.1./",
    "http://-example.com/",
    "http://example-.com/",
    f"http://{'a' * 64}.com/",
    f"http://{'.'.join(['a' * 60] * 5)}/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.0x1/",
    "http://127.0.0.01/",
    "http://0/",
    "http://0x/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://example.123/",
    "http://[::1::]/",
    "http://[12345::]/",
    "http://[127.0.0.1]/",
    "http://[::ffff:127.0.0.256]/",
]

PRIVATE_NAMES = [
    "http://localhost/",
    "http://LOCALHOST/",
    "http://app.localhost/",
    "http://localhost.localdomain/",
    "http://printer.local/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://instance-data.ec2.internal/",
    "http://host.docker.internal/",
    "http://router.home.arpa/",
    "http://1.0.0.127.in-addr.arpa/",
    "http://intranet/",
    "http://postgres/",
    "http://wiki.corp/",
    "http://nas.lan/",
    "http://hidden.onion/",
]

WRONG_PORTS = [
    "http://example.com:0/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:99999/",
    "http://example.com:3306/",
    "http://example.com:5432/",
    "http://example.com:6379/",
    "http://example.com:11211/",
    "http://example.com:27017/",
]

NOT_PUBLIC = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1/",
    "http://127.255.255.254/",
    "http://0.0.0.0:{port}/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.8/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[2001:0:7f00:1:0:0:f7f7:f7f7]/",
    "http://[2001:2::1]/",
    "http://[2001:10::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[febf::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[ff0e::1]/",
    "http://[100::1]/",
    "http://[5f00::1]/",
    "http://[4000::1]/",
]

CORPUS = {
    **dict.fromkeys(SPELLED_WRONG, "syntax"),
    **dict.fromkeys(WITH_CREDENTIALS, "credentials"),
    **dict.fromkeys(WRONG_HOSTS, "host"),
    **dict.fromkeys(PRIVATE_NAMES, "host"),
    **dict.fromkeys(WRONG_PORTS, "port"),
    **dict.fromkeys(NOT_PUBLIC, "address"),
    f"http://example.com/{'a' * 2048}": "length",
}


async def call(settings: Settings, url: str, lookup: guard.Lookup) -> None:
    """Do what a delivery does with a URL."""
    target, addresses = await guard.check(settings, url, lookup=lookup)
    await sending.post(target, addresses, {}, b"{}")


async def test_every_url_of_the_corpus_is_refused_for_its_reason_and_nothing_is_connected_to(
    settings: Settings,
) -> None:
    assert len(CORPUS) > 150
    found = {}
    async with receiving() as receiver:
        for url in CORPUS:
            with pytest.raises(Refused) as refused:
                await call(settings, url.replace("{port}", str(receiver.port)), Resolver(["127.0.0.1"]))
            found[url] = refused.value.reason

        listed = replace(settings, webhook_allow_hosts=("127.0.0.1",))
        await call(listed, receiver.url, Resolver(["127.0.0.1"]))
        connections = receiver.connections

    assert found == CORPUS
    # The one that is allowed shows that the receiver counts.
    assert connections == 1


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        [PUBLIC, "127.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        [PUBLIC, "64:ff9b::a00:1"],
        ["fe80::1%eth0"],
        ["2606:2800:220:1::1%2"],
        ["169.254.169.254"],
        [PUBLIC] + [f"93.184.216.{n}" for n in range(100, 116)],
    ],
)
async def test_a_name_is_refused_when_one_of_its_addresses_is_not_public(
    settings: Settings, answers: list[str]
) -> None:
    with pytest.raises(Refused) as refused:
        await guard.check(settings, "https://example.com/", lookup=Resolver(answers))

    assert refused.value.reason == "address"


@pytest.mark.parametrize("answers", [[], ["nonsense"]])
async def test_a_name_that_does_not_resolve_is_refused_as_such(settings: Settings, answers: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        await guard.check(settings, "https://example.com/", lookup=Resolver(answers))

    assert (refused.value.reason, refused.value.message) == ("unresolvable", "example.com does not resolve")


async def test_the_system_does_not_resolve_a_name_that_is_reserved_for_none() -> None:
    with pytest.raises(OSError, match=r"\w"):
        await guard.lookup("nothing.invalid")


async def test_the_system_resolves_the_loopback() -> None:
    assert set(await guard.lookup("localhost")) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("url", "target", "host_header"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/"), "example.com"),
        ("HTTPS://Example.COM/Hook", Target("https", "example.com", 443, "/Hook"), "example.com"),
        ("http://example.com:80/", Target("http", "example.com", 80, "/"), "example.com"),
        ("http://example.com:443/", Target("http", "example.com", 443, "/"), "example.com:443"),
        ("https://example.com?a=b%20c", Target("https", "example.com", 443, "/?a=b%20c"), "example.com"),
        (
            "https://hooks.example.co.uk:8443/a//b/../c;d=(e),[f]?q=1&r=@!$'*+~_-.:",
            Target("https", "hooks.example.co.uk", 8443, "/a//b/../c;d=(e),[f]?q=1&r=@!$'*+~_-.:"),
            "hooks.example.co.uk:8443",
        ),
        ("http://example.com:3000/", Target("http", "example.com", 3000, "/"), "example.com:3000"),
        ("http://my_hook.example.com/", Target("http", "my_hook.example.com", 80, "/"), "my_hook.example.com"),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/"), "xn--bcher-kva.example"),
        ("https://127.0.0.1.example.com/", Target("https", "127.0.0.1.example.com", 443, "/"), "127.0.0.1.example.com"),
        ("https://0x7f.example/", Target("https", "0x7f.example", 443, "/"), "0x7f.example"),
        (f"https://{PUBLIC}/", Target("https", PUBLIC, 443, "/"), PUBLIC),
        ("https://[2606:2800:220:1::1]/", Target("https", "2606:2800:220:1::1", 443, "/"), "[2606:2800:220:1::1]"),
        ("http://[2606:2800::]:8080/", Target("http", "2606:2800::", 8080, "/"), "[2606:2800::]:8080"),
    ],
)
async def test_a_good_url_is_taken_as_it_is_written(
    settings: Settings, url: str, target: Target, host_header: str
) -> None:
    found, addresses = await guard.check(settings, url, lookup=Resolver([PUBLIC, "2606:2800:220:1::1"]))

    assert (found, found.host_header) == (target, host_header)
    assert addresses


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808", "2002:808:808::1"])
async def test_a_public_address_passes_also_inside_another(settings: Settings, address: str) -> None:
    _, addresses = await guard.check(settings, "https://example.com/", lookup=Resolver([address]))

    assert addresses == (ip_address(address),)


async def test_a_name_is_resolved_once_so_that_a_second_answer_changes_nothing(settings: Settings) -> None:
    rebinding = Resolver([PUBLIC], ["127.0.0.1"])

    _, addresses = await guard.check(settings, "https://example.com/", lookup=rebinding)

    assert (addresses, rebinding.asked) == ((ip_address(PUBLIC),), ["example.com"])


async def test_in_production_a_url_must_be_https(settings: Settings) -> None:
    production = replace(settings, environment="production")

    with pytest.raises(Refused) as refused:
        await guard.check(production, "http://example.com/", lookup=Resolver([PUBLIC]))

    assert refused.value.reason == "scheme"
    await guard.check(production, "https://example.com/", lookup=Resolver([PUBLIC]))


@pytest.mark.parametrize(
    ("listed", "url", "resolved"),
    [
        ("receiver", "http://receiver:6379/", ["10.0.0.7"]),
        ("hooks.internal", "http://HOOKS.internal/", ["10.0.0.7"]),
        ("localhost", "http://localhost:22/", ["127.0.0.1", "::1"]),
        ("10.0.0.0/8", "http://receiver:9000/", ["10.0.0.7", "10.1.1.1"]),
        ("10.0.0.0/8", "http://10.0.0.7:25/", []),
        ("127.0.0.1", "http://127.0.0.1:22/", []),
        ("::1", "http://[::1]:22/", []),
        ("fd00::/8", "http://[fd00::1]/", []),
        ("10.0.0.0/8", "https://example.com/", ["10.0.0.7", PUBLIC]),
    ],
)
async def test_what_is_listed_passes_also_in_production(
    settings: Settings, listed: str, url: str, resolved: list[str]
) -> None:
    lenient = replace(settings, webhook_allow_hosts=(listed,), environment="production")

    _, addresses = await guard.check(lenient, url, lookup=Resolver(resolved))

    assert addresses


@pytest.mark.parametrize(
    ("listed", "url", "resolved", "reason"),
    [
        ("receiver", "http://other/", ["10.0.0.7"], "host"),
        ("example.com", "http://sub.example.com/", ["10.0.0.7"], "address"),
        ("10.0.0.0/8", "http://receiver/", ["10.0.0.7", "192.168.0.1"], "host"),
        ("10.0.0.0/8", "https://example.com/", ["10.0.0.7", "192.168.0.1"], "address"),
        ("10.0.0.0/8", "http://example.com:22/", ["10.0.0.7", PUBLIC], "port"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/", [], "address"),
        ("127.0.0.1", "http://2130706433/", [], "host"),
    ],
)
async def test_a_list_lets_nothing_else_through(
    settings: Settings, listed: str, url: str, resolved: list[str], reason: str
) -> None:
    lenient = replace(settings, webhook_allow_hosts=(listed,))

    with pytest.raises(Refused) as refused:
        await guard.check(lenient, url, lookup=Resolver(resolved))

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/hook", "https://example.com/hook"),
        ("https://example.com/hook?token=abc&b=&flag", "https://example.com/hook?token=***&b=***&***"),
    ],
)
def test_a_url_is_shown_without_the_values_of_its_query(url: str, shown: str) -> None:
    assert guard.shown(url) == shown


@given(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["http://", "https://", "HTTP://", "http:/", ""]),
        st.text("abcXYZ0123456789.-_:@/\\?#%[]x \t\n\uff11。ß", max_size=30),
        st.sampled_from(["", "/", "/a?b=c", ":80", ":8080/", "@b.c/", "#d"]),
    )
)
def test_what_is_taken_other_readers_of_urls_understand_the_same(url: str) -> None:
    try:
        target = guard.parse(url)
    except Refused:
        return

    standard, theirs = urlsplit(url), httpx.URL(url)
    assert standard.hostname == target.host == theirs.host
    assert (standard.port or target.port) == target.port == (theirs.port or target.port)

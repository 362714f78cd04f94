"""TLS to receivers: the address that was checked is connected to, and the name decides whom we talk to."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from granulator.webhooks import sending
from granulator.webhooks.guard import parse
from granulator.webhooks.retrying import Answer
from tests.receivers import receiving

LOOPBACK = (ip_address("127.0.0.1"),)
NOT_VALID = Answer(None, "the certificate of the host is not valid")


@dataclass
class Host:
    """A host with a certificate: what its server needs, what its callers trust, which names it was called by."""

    server: ssl.SSLContext
    trust: ssl.SSLContext
    called: list[str | None]


def certificate_of(directory: Path, *names: x509.GeneralName) -> Path:
    """Write a self-signed certificate for ``names`` with its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = directory / "host.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def host(directory: Path, *names: x509.GeneralName) -> Host:
    path = certificate_of(directory, *names)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    called: list[str | None] = []
    server.sni_callback = lambda connection, name, context: called.append(name)
    return Host(server, ssl.create_default_context(cafile=str(path)), called)


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Host]:
    """The host ``hooks.example.com``."""
    return host(tmp_path, x509.DNSName("hooks.example.com"))


async def test_the_certificate_and_sni_are_of_the_name_while_the_address_is_the_checked_one(hooks: Host) -> None:
    async with receiving(context=hooks.server) as receiver:
        target = parse(f"https://hooks.example.com:{receiver.port}/hook")
        answer = await sending.post(target, LOOPBACK, {}, b"{}", hooks.trust)

    assert (answer, hooks.called) == (Answer(200), ["hooks.example.com"])
    assert receiver.requests[0].headers["host"] == f"hooks.example.com:{receiver.port}"


async def test_a_host_with_the_certificate_of_another_is_sent_nothing(hooks: Host) -> None:
    async with receiving(context=hooks.server) as receiver:
        target = parse(f"https://other.example.com:{receiver.port}/hook")
        answer = await sending.post(target, LOOPBACK * 3, {}, b"{}", hooks.trust)

    # A host that is not who it should be is not asked again at its other addresses.
    assert (answer, receiver.requests, hooks.called) == (NOT_VALID, [], ["other.example.com"])


async def test_a_connection_to_one_host_never_serves_another_at_the_same_address(hooks: Host) -> None:
    async with receiving(context=hooks.server) as receiver:
        answers = [
            await sending.post(parse(f"https://{name}:{receiver.port}/"), LOOPBACK, {}, b"{}", hooks.trust)
            for name in ("hooks.example.com", "other.example.com", "hooks.example.com")
        ]

    assert answers == [Answer(200), NOT_VALID, Answer(200)]
    assert len(receiver.requests) == 2


async def test_a_certificate_that_nobody_vouches_for_is_refused(hooks: Host) -> None:
    async with receiving(context=hooks.server) as receiver:
        target = parse(f"https://hooks.example.com:{receiver.port}/hook")
        answer = await sending.post(target, LOOPBACK, {}, b"{}")

    assert (answer, receiver.requests) == (NOT_VALID, [])


async def test_a_host_that_speaks_no_tls_is_sent_nothing() -> None:
    heard: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        target = parse(f"https://hooks.example.com:{server.sockets[0].getsockname()[1]}/hook")
        answer = await sending.post(target, LOOPBACK, {"X-Token": "t0p"}, b"{}")

    assert answer == Answer(None, "no secure connection was possible")
    assert not any(b"t0p" in each for each in heard)


async def test_an_address_as_host_is_held_against_the_certificate_too(tmp_path: Path) -> None:
    by_address = host(tmp_path, x509.IPAddress(ip_address("127.0.0.1")))
    async with receiving(context=by_address.server) as receiver:
        target = parse(f"https://127.0.0.1:{receiver.port}/hook")
        answer = await sending.post(target, LOOPBACK, {}, b"{}", by_address.trust)

    assert answer == Answer(200)

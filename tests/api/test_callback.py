"""``callback`` of a request: what is taken, and what is refused without any of its secrets in the answer."""

from __future__ import annotations

import pytest

from granulator import errors
from granulator.api import wire
from granulator.api.callback import CallbackRequest, checked
from granulator.casing import RequestModel
from granulator.services import Services
from granulator.webhooks.callbacks import Callback, Event

URL = "https://hooks.example.com/granulator?token=s3cret"


class Body(RequestModel):
    """A body as those that have a callback."""

    callback: CallbackRequest


def parse(**fields: object) -> CallbackRequest:
    return wire.parse(Body, {"callback": {"url": URL, **fields}}).callback


def refusal(**fields: object) -> errors.RequestError:
    with pytest.raises(errors.RequestError) as refused:
        parse(**fields)
    return refused.value


async def public(host: str) -> list[str]:
    return ["93.184.216.34"]


async def test_a_callback_has_the_documented_defaults(services: Services) -> None:
    assert await checked(services, parse(), lookup=public) == Callback(URL, {}, 3, tuple(Event))


async def test_a_callback_is_taken_as_sent(services: Services) -> None:
    headers = {
        "Authorization": "Bearer x",
        "X-Empty": "",
        "X-Inner": "a\tb  c",
        "x-ünïcode".replace("ü", "u").replace("ï", "i"): "Zoë",
    }

    sent = parse(headers=headers, retries=10.0, events=["granulation.failed", "granulation.failed"])

    assert await checked(services, sent, lookup=public) == Callback(URL, headers, 10, (Event.FAILED,))
    assert parse(headers=None, retries=None, events=None) == parse()
    assert parse(events=[]).events == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "syntax"),
        (" ", "syntax"),
        ("hooks.example.com", "syntax"),
        ("ftp://hooks.example.com/", "syntax"),
        ("https://hooks.example.com/ ", "syntax"),
        (7, "syntax"),
        ({}, "syntax"),
        (True, "syntax"),
        ("https://user:s3cret@hooks.example.com/", "credentials"),
        ("https://0x7f.1/?token=s3cret", "host"),
        ("https://hooks.example.com:99999/?token=s3cret", "port"),
        (f"https://hooks.example.com/?token=s3cret{'x' * 2048}", "length"),
    ],
)
def test_a_url_that_is_no_url_is_refused_with_the_reason(url: object, reason: str) -> None:
    error = refusal(url=url)

    assert (error.code, error.status) == ("INVALID_CALLBACK_URL", 400)
    assert error.details == {"field": "url", "path": "callback.url", "reason": reason}
    assert "s3cret" not in error.message


@pytest.mark.parametrize(
    ("url", "addresses", "reason"),
    [
        ("https://hooks.example.com/?token=s3cret", ["127.0.0.1"], "address"),
        ("https://hooks.example.com/?token=s3cret", ["93.184.216.34", "10.0.0.1"], "address"),
        ("https://169.254.169.254/?token=s3cret", [], "address"),
        ("https://localhost/?token=s3cret", ["93.184.216.34"], "host"),
        ("https://hooks.example.com:6379/?token=s3cret", ["93.184.216.34"], "port"),
        ("https://hooks.example.com/?token=s3cret", [], "unresolvable"),
    ],
)
async def test_a_url_that_may_not_be_called_is_refused_when_it_is_sent(
    services: Services, url: str, addresses: list[str], reason: str
) -> None:
    async def lookup(host: str) -> list[str]:
        if not addresses:
            raise OSError
        return addresses

    with pytest.raises(errors.InvalidCallbackUrl) as refused:
        await checked(services, parse(url=url), path="requests[3].callback", lookup=lookup)

    assert refused.value.details == {"field": "url", "path": "requests[3].callback.url", "reason": reason}
    assert "s3cret" not in refused.value.message


def test_a_callback_needs_a_url() -> None:
    with pytest.raises(errors.MissingRequiredField) as refused:
        wire.parse(Body, {"callback": {"retries": 1}})

    assert refused.value.details == {"field": "url", "path": "callback.url"}


@pytest.mark.parametrize(
    "name",
    ["Host", "HOST", "Content-Type", "content-length", "Content-Encoding", "Connection", "Transfer-Encoding"]
    + ["webhook-id", "Webhook-Signature", "webhook-anything", "Keep-Alive", "Proxy-Authorization", "proxy-connection"]
    + ["TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings"],
)
def test_a_header_that_is_ours_or_of_the_connection_is_refused(name: str) -> None:
    error = refusal(headers={"X-Good": "s3cret", name: "s3cret"})

    assert error.message == f"Invalid value for callback.headers: header 2 is {name}, which is ours to send"
    assert (error.code, error.details["path"]) == ("INVALID_PARAMETER", "callback.headers")


@pytest.mark.parametrize(
    "headers",
    [
        "X-Token: s3cret",
        ["X-Token", "s3cret"],
        {"": "s3cret"},
        {"X Token": "s3cret"},
        {"X-Token:": "s3cret"},
        {"X-Tökén": "s3cret"},
        {"X-Token\r\nHost": "s3cret"},
        {"X" * 101: "s3cret"},
        {"X-Token": 12345},
        {"X-Token": None},
        {"X-Token": ["s3cret"]},
        {"X-Token": "s3cret\r\nHost: 127.0.0.1"},
        {"X-Token": "s3cret\n"},
        {"X-Token": "s3cret\x00"},
        {"X-Token": "s3cret\x7f"},
        {"X-Token": "s3cret\x85"},
        {"X-Token": " s3cret"},
        {"X-Token": "s3cret "},
        {"X-Token": "s3cret€"},
        {"X-Token": "s3cret🐝"},
        {"X-Token": "s3cret" + "x" * 4096},
        {"X-Token": "s3cret", "x-token": "s3cret"},
        {f"X-{number}": "s3cret" for number in range(21)},
        {f"X-{number}": "s3cret" + "x" * 4000 for number in range(5)},
    ],
)
def test_headers_that_cannot_be_sent_are_refused_and_not_repeated(headers: object) -> None:
    error = refusal(headers=headers)

    assert (error.code, error.details["field"], error.details["path"]) == (
        "INVALID_PARAMETER",
        "headers",
        "callback.headers",
    )
    assert "s3cret" not in error.message


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"retries": -1}, "callback.retries"),
        ({"retries": 11}, "callback.retries"),
        ({"retries": "3"}, "callback.retries"),
        ({"retries": True}, "callback.retries"),
        ({"retries": 1.5}, "callback.retries"),
        ({"events": "granulation.failed"}, "callback.events"),
        ({"events": ["granulation.started"]}, "callback.events[0]"),
        ({"header": {}}, "callback.header"),
    ],
)
def test_every_other_field_is_held_to_its_range(fields: dict[str, object], path: str) -> None:
    error = refusal(**fields)

    assert (error.code, error.details["path"]) == ("INVALID_PARAMETER", path)


def test_the_schema_of_a_callback_says_what_it_takes() -> None:
    schema = CallbackRequest.model_json_schema(by_alias=True)

    assert schema["required"] == ["url"]
    assert schema["properties"]["url"]["maxLength"] == 2048
    assert schema["properties"]["headers"]["maxProperties"] == 20
    assert schema["properties"]["retries"]["default"] == 3

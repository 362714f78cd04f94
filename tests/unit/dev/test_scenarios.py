"""The faults: each scenario does on the wire, and on the socket, what its name says."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing

import httpx
import pytest

from granulator.dev.mock_ai.scenarios import NAMES
from tests.mock_server import MockAi, mock_ai
from tests.unit.dev.calls import CLIENT, SCHEMA, WIRES, body_of, path_of, post, raw, text_of, wanting

REFUSED = [
    # scenario, status, what OpenAI, Anthropic and Cloudflare call it
    ("429", 429, "rate_limit_exceeded", "rate_limit_error", 3040),
    ("quota", 429, "insufficient_quota", "billing_error", 3036),
    ("401", 401, "invalid_api_key", "authentication_error", 10000),
    ("402", 402, "credit_balance_exhausted", "billing_error", 3036),
    ("404", 404, "model_not_found", "not_found_error", 5007),
    ("400", 400, None, "invalid_request_error", 5006),
    ("500", 500, None, "api_error", 3043),
    ("529", 529, "overloaded", "overloaded_error", 3040),
    ("ctx", 400, "context_length_exceeded", "invalid_request_error", 3006),
]


def connected(mock: MockAi) -> socket.socket:
    host, _, port = mock.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def received(plug: socket.socket, seconds: float) -> list[bytes]:
    """Return what arrives within the time, read by read; ``b""`` at the end when the peer closed."""
    until, pieces = time.monotonic() + seconds, []
    while (left := until - time.monotonic()) > 0:
        plug.settimeout(left)
        try:
            pieces.append(plug.recv(65_536))
        except TimeoutError:
            break
        if not pieces[-1]:
            break
    return pieces


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("scenario", "status", "openai", "anthropic", "cloudflare"), REFUSED)
def test_a_refusal_is_worded_as_the_vendor_does(
    mock: MockAi, scenario: str, status: int, openai: str | None, anthropic: str, cloudflare: int, streams: bool
) -> None:
    answers = {wire: post(mock, wire, scenario, stream=streams) for wire in WIRES}

    # Cloudflare calls a full context a request that is too large.
    codes = {"run": 413, "chat": 413} if scenario == "ctx" else {}
    assert {wire: one.status_code for wire, one in answers.items()} == {wire: status for wire in WIRES} | codes
    assert answers["openai"].json()["error"]["code"] == openai
    assert answers["anthropic"].json()["error"]["type"] == anthropic
    assert [answers[wire].json()["errors"][0]["code"] for wire in ("run", "chat")] == [cloudflare] * 2


@pytest.mark.parametrize("wire", WIRES)
def test_a_rate_limit_names_the_seconds_it_was_given(mock: MockAi, wire: str) -> None:
    found = [post(mock, wire, scenario).headers.get("retry-after") for scenario in ("429", "429:300")]

    assert found == [None, "300"]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("scenario", "parameter"), [("temp", {"temperature": 0.7}), ("seed", {"seed": 7})])
def test_a_parameter_is_refused_by_name_while_it_is_sent(
    mock: MockAi, wire: str, scenario: str, parameter: dict[str, float]
) -> None:
    refused, taken = post(mock, wire, scenario, **parameter), post(mock, wire, scenario)

    assert [refused.status_code, taken.status_code] == [400, 200]
    assert next(iter(parameter)) in refused.text


@pytest.mark.parametrize("wire", WIRES)
def test_a_schema_is_refused_by_name_while_it_is_sent(mock: MockAi, wire: str) -> None:
    refused, taken = post(mock, wire, "schema", **wanting(wire, SCHEMA)), post(mock, wire, "schema")

    assert [refused.status_code, taken.status_code] == [400, 200]
    assert ("output_config" if wire == "anthropic" else "response_format") in refused.text


@pytest.mark.parametrize("wire", WIRES)
def test_what_a_model_says_depends_on_the_scenario(mock: MockAi, wire: str) -> None:
    said = {
        name: text_of(wire, post(mock, wire, name, **wanting(wire, SCHEMA)).json())
        for name in ("ok", "length", "empty", "prose", "invalid", "fence")
    }

    assert json.loads(said["ok"]).keys() == {"title", "pages"}
    assert json.loads(said["ok"]) == json.loads(said["fence"].split("```json\n")[1].split("\n```")[0])
    assert said["ok"].startswith(said["length"])
    assert len(said["length"]) == len(said["ok"]) // 2
    assert json.loads(said["invalid"]).keys().isdisjoint({"title", "pages"})
    assert said["empty"] == ""
    assert "{" not in said["prose"]


def test_only_the_first_answer_of_a_conversation_is_invalid_once(mock: MockAi) -> None:
    first, again = {"role": "user", "content": "Go."}, {"role": "assistant", "content": "{}"}
    turns = [[first], [first, again, {"role": "user", "content": "title is missing"}]]

    said = [
        json.loads(
            text_of("openai", post(mock, "openai", "invalid_once", messages=turn, **wanting("openai", SCHEMA)).json())
        )
        for turn in turns
    ]

    assert "title" not in said[0]
    assert said[1].keys() == {"title", "pages"}


@pytest.mark.parametrize(
    ("wire", "reasons"),
    [
        ("openai", {"ok": "stop", "length": "length", "refuse": "stop", "filter": "content_filter", "cut": None}),
        ("chat", {"ok": "stop", "length": "length", "refuse": "stop", "filter": "content_filter", "cut": None}),
        (
            "anthropic",
            {"ok": "end_turn", "length": "max_tokens", "refuse": "refusal", "filter": "refusal", "cut": None},
        ),
    ],
)
def test_the_reason_to_stop_depends_on_the_scenario(mock: MockAi, wire: str, reasons: dict[str, str | None]) -> None:
    bodies = {name: post(mock, wire, name).json() for name in reasons}

    found = {name: (body["choices"][0] if "choices" in body else body) for name, body in bodies.items()}
    assert {name: row.get("finish_reason", row.get("stop_reason")) for name, row in found.items()} == reasons


def test_a_refused_prompt_leaves_no_content_but_a_reason(mock: MockAi) -> None:
    openai = post(mock, "openai", "refuse").json()["choices"][0]["message"]
    anthropic = post(mock, "anthropic", "refuse").json()

    assert (openai["content"], bool(openai["refusal"])) == (None, True)
    assert anthropic["stop_details"]["type"] == "refusal"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("streams", [False, True])
def test_usage_is_missing_where_it_is_to_be(mock: MockAi, wire: str, streams: bool) -> None:
    more = {"stream": streams, "stream_options": {"include_usage": True}}
    told, silent = (post(mock, wire, name, **more).text for name in ("ok", "nousage"))

    # A streamed message of Anthropic begins with what the prompt took.
    assert told.count('"usage"') - silent.count('"usage"') == 1


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("streams", [False, True])
def test_html_comes_with_a_good_and_with_a_bad_status(mock: MockAi, wire: str, streams: bool) -> None:
    found = [post(mock, wire, name, stream=streams) for name in ("html200", "502html")]

    assert [(one.status_code, one.headers["content-type"]) for one in found] == [(200, "text/html"), (502, "text/html")]
    assert found[0].text.startswith("<html>")


def test_a_200_without_an_answer_comes_in_three_forms(mock: MockAi) -> None:
    found = {
        (wire, name): post(mock, wire, name).json()
        for wire in ("openai", "anthropic", "run")
        for name in ("err200", "emptychoices", "nullchoices")
    }

    assert [found["openai", name]["choices"] for name in ("err200", "emptychoices", "nullchoices")] == [None, [], None]
    assert "error" in found["openai", "err200"]
    assert found["anthropic", "err200"]["type"] == "error"
    assert [found["anthropic", name]["content"] for name in ("emptychoices", "nullchoices")] == [[], None]
    assert found["run", "err200"]["success"] is False
    assert [found["run", name]["result"] for name in ("emptychoices", "nullchoices")] == [{}, None]


@pytest.mark.parametrize("wire", WIRES)
def test_an_error_inside_a_stream_comes_after_text_or_at_once(mock: MockAi, wire: str) -> None:
    late, early = (post(mock, wire, name, stream=True) for name in ("sseerr", "overload_sse"))

    assert [late.status_code, early.status_code] == [200, 200]
    assert [len(one.text.split("\n\n")) > 2 for one in (late, early)] == [True, False]
    assert all("error" in one.text.split("\n\n")[-2] for one in (late, early))


@pytest.mark.parametrize("wire", WIRES)
def test_an_error_inside_a_stream_is_a_status_where_nothing_streams(mock: MockAi, wire: str) -> None:
    assert [post(mock, wire, name).status_code for name in ("sseerr", "overload_sse")] == [500, 529]


@pytest.mark.parametrize("wire", WIRES)
def test_a_cut_stream_ends_cleanly_without_a_stop_signal(mock: MockAi, wire: str) -> None:
    cut, whole = (post(mock, wire, name, stream=True).text for name in ("cut", "ok"))

    assert whole.endswith(
        'event: message_stop\ndata: {"type":"message_stop"}\n\n' if wire == "anthropic" else "data: [DONE]\n\n"
    )
    assert "[DONE]" not in cut
    assert '"finish_reason":"stop"' not in cut
    assert "message_stop" not in cut
    assert 0 < len(cut) < len(whole)


@pytest.mark.parametrize("wire", WIRES)
def test_a_hanging_request_is_never_answered(mock: MockAi, wire: str) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, wire, "hang"))
        assert received(plug, 0.3) == []


@pytest.mark.parametrize("streams", [False, True])
def test_a_trickle_is_a_head_and_then_a_byte_at_a_time(mock: MockAi, streams: bool) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "trickle", stream=streams))
        pieces = received(plug, 1.1)

    text = b"".join(pieces).split(b"\r\n\r\n", 1)[1]
    assert len(pieces) >= 5
    # Chunked or not, no more than a few bytes of the answer came.
    assert 4 <= len([byte for byte in text if chr(byte) not in "0123456789\r\n"]) <= 7


@pytest.mark.parametrize("streams", [False, True])
def test_a_stall_is_part_of_an_answer_and_then_nothing(mock: MockAi, streams: bool) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "anthropic", "stall", stream=streams))
        pieces = received(plug, 0.4)

    assert b"".join(pieces).startswith(b"HTTP/1.1 200")
    assert pieces[-1] != b""
    assert b"message_stop" not in b"".join(pieces)


@pytest.mark.parametrize("streams", [False, True])
def test_a_reset_comes_in_the_middle_of_the_body(mock: MockAi, streams: bool) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "reset", stream=streams))
        first = plug.recv(65_536)
        with pytest.raises(ConnectionResetError):
            received(plug, 2)

    assert first.startswith(b"HTTP/1.1 200")


def test_a_reset_comes_before_any_answer(mock: MockAi) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "reset_now"))
        with pytest.raises(ConnectionResetError):
            received(plug, 2)


@pytest.mark.parametrize("streams", [False, True])
def test_a_short_body_ends_before_its_announced_end(mock: MockAi, streams: bool) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "shortbody", stream=streams))
        pieces = received(plug, 2)

    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert pieces[-1] == b""
    if streams:
        assert not body.endswith(b"0\r\n\r\n")
    else:
        announced = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        assert 0 < len(body) < int(announced.split(b":")[1])


def test_the_first_calls_fail_and_later_ones_do_not(mock: MockAi) -> None:
    assert [post(mock, "openai", "fail_first:2:500").status_code for _ in range(4)] == [500, 500, 200, 200]


def test_the_first_calls_work_and_later_ones_fail(mock: MockAi) -> None:
    assert [post(mock, "openai", "after:2:429:5").headers.get("retry-after") for _ in range(4)] == [
        None,
        None,
        "5",
        "5",
    ]


def test_calls_are_counted_for_each_model_until_the_mock_forgets(mock: MockAi) -> None:
    found = [post(mock, wire, "fail_first:1:500").status_code for wire in ("openai", "run", "openai")]
    mock.reset()
    found.append(post(mock, "openai", "fail_first:1:500").status_code)

    # The model of the path and the one of the body are the same model here.
    assert found == [500, 200, 200, 500]


@pytest.mark.parametrize("scenario", ["no-such-thing", "fail_first:x:500", "after:1:nothing"])
def test_an_unknown_scenario_is_said_instead_of_played(mock: MockAi, scenario: str) -> None:
    found = post(mock, "openai", scenario)

    assert found.status_code == 400
    assert "scenario" in found.text or "number" in found.text


def test_every_scenario_is_played_on_every_wire(mock: MockAi) -> None:
    quiet = {"hang", "trickle", "stall", "reset", "reset_now", "shortbody"}

    found = {(wire, name): post(mock, wire, name, stream=True) for wire in WIRES for name in NAMES - quiet}

    assert [key for key, one in found.items() if not one.content] == []


def test_a_client_that_leaves_is_recorded_as_gone(mock: MockAi) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "hang"))
        assert received(plug, 0.1) == []

    until = time.monotonic() + 5
    while not mock.requests[0]["disconnected"] and time.monotonic() < until:
        post(mock, "openai")
    assert mock.requests[0]["disconnected"] is True


def test_what_is_not_broken_goes_on_while_others_hang(mock: MockAi) -> None:
    with closing(connected(mock)) as plug:
        plug.sendall(raw(mock, "openai", "hang"))
        assert post(mock, "openai").status_code == 200


def test_the_server_ends_at_once_although_an_answer_hangs() -> None:
    with mock_ai() as running, closing(connected(running)) as plug:
        plug.sendall(raw(running, "openai", "hang"))
        assert received(plug, 0.1) == []
        started = time.monotonic()

    assert time.monotonic() - started < 3
    with pytest.raises(httpx.ConnectError):
        CLIENT.post(running.url + path_of("openai", "m"), json=body_of("openai", "m"))

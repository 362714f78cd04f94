"""Signatures: those of the specification, verified by its library and by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import replace

from standardwebhooks.webhooks import Webhook

from granulator.settings import Settings
from granulator.webhooks import signing

BODY = '{"event":"granulation.completed","topic":"Bienen für Anfänger 🐝"}'


def by_hand(secret: str, message_id: str, timestamp: str, body: str) -> str:
    """The scheme of Standard Webhooks, written down from its specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def test_the_vector_of_the_specification_is_reproduced() -> None:
    headers = signing.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body='{"test": 2432232314}',
        now_ms=1_614_265_330_999,
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_signature_is_what_the_library_and_a_hand_made_one_expect(settings: Settings) -> None:
    secret = signing.key_secret(settings, "key_1", 1)

    headers = signing.headers([secret], message_id="msg_1", body=BODY, now_ms=time.time_ns() // 1_000_000)

    assert Webhook(secret).verify(BODY, headers)["event"] == "granulation.completed"
    assert headers["webhook-signature"] == by_hand(secret, "msg_1", headers["webhook-timestamp"], BODY)


def test_during_a_rotation_both_secrets_verify(settings: Settings) -> None:
    secrets = [signing.key_secret(settings, "key_1", generation) for generation in (2, 1)]

    headers = signing.headers(secrets, message_id="msg_1", body=BODY, now_ms=time.time_ns() // 1_000_000)

    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        Webhook(secret).verify(BODY, headers)


def test_every_key_generation_and_server_has_a_secret_of_its_own(settings: Settings) -> None:
    other = replace(settings, session_secret="another-secret")

    found = [
        signing.key_secret(settings, "key_1", 1),
        signing.key_secret(settings, "key_1", 2),
        signing.key_secret(settings, "key_2", 1),
        signing.key_secret(other, "key_1", 1),
        *signing.own_secrets(settings, "worker:a/acme"),
        *signing.own_secrets(settings, "worker:b/acme"),
    ]

    assert len(set(found)) == len(found)
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in found} == {32}


def test_a_configured_secret_signs_for_all_who_have_no_key(settings: Settings) -> None:
    configured = replace(settings, webhook_secrets=("whsec_bmV3", "whsec_b2xk"))

    assert signing.own_secrets(configured, "worker:a/acme") == ("whsec_bmV3", "whsec_b2xk")

"""Callbacks: kept so that nobody without SESSION_SECRET can read or change them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.settings import Settings
from granulator.webhooks import callbacks
from granulator.webhooks.callbacks import Callback, Event, Unreadable

CALLBACK = Callback(
    "https://example.com/hook?token=in-the-url",
    {"Authorization": "Bearer in-the-headers", "X-Name": "Zoë"},
    retries=7,
    events=(Event.FAILED,),
)


def test_a_sealed_callback_comes_back_whole(settings: Settings) -> None:
    sealed = callbacks.seal(settings, CALLBACK)

    assert callbacks.unseal(settings, sealed) == CALLBACK
    assert callbacks.unseal(settings, callbacks.seal(settings, Callback("https://example.com/"))) == Callback(
        "https://example.com/"
    )


def test_nothing_of_it_can_be_read_and_it_is_never_sealed_the_same_way_twice(settings: Settings) -> None:
    sealed = callbacks.seal(settings, CALLBACK)

    assert sealed.isascii()
    assert not any(text in sealed for text in ("example", "token", "Bearer", "Authorization"))
    assert callbacks.seal(settings, CALLBACK) != sealed


def test_a_callback_has_no_repr_of_its_secrets() -> None:
    assert repr(CALLBACK) == "Callback(retries=7, events=(<Event.FAILED: 'granulation.failed'>,))"


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: "", lambda text: text + "A", lambda text: "ü"])
def test_a_damaged_one_is_unreadable(settings: Settings, damage) -> None:
    with pytest.raises(Unreadable):
        callbacks.unseal(settings, damage(callbacks.seal(settings, CALLBACK)))


def test_one_of_another_server_is_unreadable_and_the_message_says_what_happened(settings: Settings) -> None:
    sealed = callbacks.seal(replace(settings, session_secret="another-secret"), CALLBACK)

    with pytest.raises(Unreadable, match="SESSION_SECRET was changed"):
        callbacks.unseal(settings, sealed)

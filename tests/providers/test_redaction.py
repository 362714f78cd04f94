"""That no secret gets into a message, configured or only quoted by a vendor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.providers.redaction import MESSAGE_CHARACTERS, redacted


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Incorrect API key provided: sk-proj-abcd1234. See the docs.",
            "Incorrect API key provided: *** See the docs.",
        ),
        ("invalid Bearer abc.def-ghi given", "invalid Bearer *** given"),
        ('{"api_key": "abcdef"}', '{"api_key": "***"}'),
        ("token=abcdef0123 is expired", "token=*** is expired"),
        ("session eyJhbGciOiJIUzI1NiJ9.e30.x0", "session ***"),
        ("id 0123456789abcdef0123456789abcdef01", "id ***"),
        ("see https://user:pass@host/path", "see https://***@host/path"),
        (
            "max_tokens: 90000 > 64000, the context is 128000 tokens",
            "max_tokens: 90000 > 64000, the context is 128000 tokens",
        ),
        ("two\r\n\tlines\x00 and\u2028more", "two lines and more"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(said: str, shown: str) -> None:
    assert redacted(said) == shown


@given(
    before=st.text(max_size=400),
    secret=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=80),
    after=st.text(max_size=400),
)
def test_the_configured_key_is_never_shown_and_a_message_is_one_short_line(
    before: str, secret: str, after: str
) -> None:
    shown = redacted(before + secret + after, (secret,))

    assert secret not in shown or secret in (before + "***" + after)
    assert len(shown) <= MESSAGE_CHARACTERS
    assert shown.isprintable()

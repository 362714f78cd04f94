"""The files of variables: their syntax, and adding lines without losing what another process wrote."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from granulator import devvars
from granulator.settings import ensure_development_secrets, load


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("# A=1\n\n   \n", {}),
        ("A=1\nA=2", {"A": "2"}),
        ("  export A = two words # comment", {"A": "two words"}),
        ("A: colon", {"A": "colon"}),
        ("A=", {"A": ""}),
        ("A=b=c==", {"A": "b=c=="}),
        ("A=b#c", {"A": "b"}),
        ("A='#b' # c", {"A": "#b"}),
        ("A='one\\n'", {"A": "one\\n"}),
        ('A="one\\ntwo"', {"A": "one\ntwo"}),
        ('A="a \\"b\\" c"', {"A": 'a \\"b\\" c'}),
        ("A=`two\nlines`\nB=1", {"A": "two\nlines", "B": "1"}),
        ('A="open\nB=1', {"A": '"open', "B": "1"}),
        ('A="x" y', {"A": '"x" y'}),
        ("\ufeffA=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
    ],
)
def test_a_file_is_read_as_dotenv_reads_it(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    path = tmp_path / ".dev.vars"
    path.write_bytes(text.encode())

    assert devvars.read(path) == expected


def test_a_file_that_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / ".dev.vars"
    # A dangling link is what a racing process sees: absent when it looks, there when it creates.
    path.symlink_to(tmp_path / "elsewhere")

    assert devvars.add_missing(path, {"A": "1"}) is False
    assert list(tmp_path.iterdir()) == [path]


def test_only_names_that_are_absent_or_empty_are_added(tmp_path: Path) -> None:
    path = tmp_path / ".dev.vars"
    path.write_text("A=1\nB=")

    assert devvars.add_missing(path, {"A": "x", "B": "y", "C": "z"}) is True
    assert path.read_text() == "A=1\nB=\nB=y\nC=z\n"
    assert devvars.add_missing(path, {"A": "x"}) is False


def test_starts_at_the_same_moment_agree_on_one_set_of_secrets(tmp_path: Path) -> None:
    starts = 8
    barrier = Barrier(starts)

    def start(_: int) -> tuple[tuple[str, ...], str | None]:
        settings = load(tmp_path, {})
        barrier.wait(timeout=10)
        ready, _path = ensure_development_secrets(settings)
        return ready.shared_secrets, ready.session_secret

    with ThreadPoolExecutor(starts) as pool:
        found = set(pool.map(start, range(starts)))

    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == [".dev.vars"]

"""Values out of rows: a column of another type is an error, not a wrong value."""

from collections.abc import Callable
from types import MappingProxyType

import pytest

from granulator.store import columns


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (columns.text, 5),
        (columns.text, None),
        (columns.integer, "5"),
        (columns.integer, 5.5),
        (columns.integer, None),
        (columns.number, "5"),
        (columns.optional_text, 5),
        (columns.optional_integer, "5"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(read: Callable[..., object], value: object) -> None:
    with pytest.raises(TypeError, match="size"):
        read({"size": value}, "size")


def test_a_whole_float_is_an_integer() -> None:
    value = columns.integer({"size": 5.0}, "size")

    assert (value, type(value)) == (5, int)


def test_an_optional_column_may_be_null() -> None:
    readers = (columns.optional_text, columns.optional_integer, columns.optional_number, columns.optional_flag)

    assert [read({"a": None}, "a") for read in readers] == [None] * 4


def test_json_is_compact_and_keeps_every_character() -> None:
    assert columns.to_json(MappingProxyType({"ü": [1, None, True]})) == '{"ü":[1,null,true]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_nan_and_no_infinity(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        columns.to_json({"score": value})


def test_json_refuses_what_it_cannot_say() -> None:
    with pytest.raises(TypeError, match="bytes"):
        columns.to_json({"file": b"x"})  # type: ignore[dict-item]


def test_a_count_without_a_row_is_an_error() -> None:
    with pytest.raises(TypeError, match="no row"):
        columns.total(None)

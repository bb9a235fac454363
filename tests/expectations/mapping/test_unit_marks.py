"""Units that a mapping leaves out of cells: none may hide that a value is in another one."""

from typing import Any

import pytest

from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import wide_mapping


def _mapping(*marks: str) -> Mapping:
    """Columns in C and rpm."""
    return wide_mapping(numbers={"strip": list(marks)})


@pytest.mark.parametrize("marks", [("°C",), ("C", "U/min"), ("A", "*"), ("bar",), ("F",)])
def test_the_unit_of_a_column_and_marks_of_no_other_are_left_out(marks: tuple[str, ...]) -> None:
    assert _mapping(*marks).numbers.strip == marks


def test_a_percent_sign_is_no_flag_of_a_fraction() -> None:
    keys: dict[str, Any] = {"numbers": {"strip": ["%"]}}

    with pytest.raises(MappingError, match=r"strip holds '%', a unit of share, and the mapping reads frac"):
        wide_mapping(metrics={"load": {"metric": "load", "unit": "frac"}}, **keys)
    assert wide_mapping(metrics={"load": {"metric": "load", "unit": "%"}}, **keys).numbers.strip == ("%",)


@pytest.mark.parametrize("mark", ["(", ")"])
def test_a_mark_that_changes_the_sign_is_refused(mark: str) -> None:
    with pytest.raises(MappingError, match=r"strip holds .* is -1.5 in accounts"):
        _mapping("*", mark)


@pytest.mark.parametrize("marks", [("°F",), ("°C", "K"), ("bar", "mbar")])
def test_a_mark_that_hides_another_unit_is_refused(marks: tuple[str, ...]) -> None:
    with pytest.raises(MappingError, match=r"strip holds .* without the mark nobody sees which a value is in"):
        _mapping(*marks)


@pytest.mark.parametrize("mark", ["k", "\u00b5", "Mio", "Tsd"])
def test_a_mark_that_multiplies_is_refused(mark: str) -> None:
    with pytest.raises(MappingError, match=r"strip holds .* which multiplies"):
        _mapping("*", mark)


@pytest.mark.parametrize("sign", ["-", "+"])
def test_a_comment_that_begins_as_a_number_is_refused(sign: str) -> None:
    with pytest.raises(MappingError, match="comments holds a sign with which numbers begin"):
        wide_mapping(csv={"comments": ["#", sign]})

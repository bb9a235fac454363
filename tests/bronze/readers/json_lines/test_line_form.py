"""Lines of one form are told from all others by their bytes, and their values are cut out whole."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.json_lines.line_form import LineForm, Lines, form_of
from bronze.readers.text.lines import Block
from tests.support.reader_files import line

LINE = b'{"at":"2026","value": 1.5,"unit":"C"}\n'


def _form(of: bytes = LINE) -> LineForm:
    form = form_of(of)
    assert form is not None
    return form


def _lines(*lines: bytes) -> Lines:
    block = Block(b"".join(lines), 1, 0)
    return Lines(block.data, np.flatnonzero(np.frombuffer(block.data, np.uint8) == ord('"')), block.starts, block.ends)


def test_a_form_knows_its_keys_and_which_values_stand_in_quotes() -> None:
    form = _form()

    assert (form.names, form.is_text, form.quotes) == (("at", "value", "unit"), (True, False, True), 10)


@pytest.mark.parametrize(
    "other",
    [
        b"garbage\n",
        b"[1]\n",
        b"{}\n",
        b'{"value":null}\n',
        b'{"value":true}\n',
        b'{"value":NaN}\n',
        b'{"value":{"value":1}}\n',
        b'{"value":["x",{"value":1}]}\n',
        b'{"value":1,"value":2}\n',
        b'{"unit":"\\u00b0C"}\n',
        b'{"value":1}{"value":2}\n',
        b'{"value":007}\n',
    ],
)
def test_what_is_not_one_flat_object_of_texts_and_numbers_has_no_form(other: bytes) -> None:
    assert form_of(other) is None


def test_values_are_cut_out_whole_whatever_they_hold() -> None:
    lines = [LINE, b'{"at":"","value": -0.25e-3,"unit":"{[,:]} \xc2\xb0C"}\n', b'{"at":"x","value": 0,"unit":"}"}\n']

    fits, values = _form().values(_lines(*lines))

    assert fits.tolist() == [True, True, True]
    assert {name: texts.to_pylist() for name, texts in values.items()} == {
        "at": ["2026", "", "x"], "value": ["1.5", "-0.25e-3", "0"], "unit": ["C", "{[,:]} \u00b0C", "}"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        b"\n",
        b"garbage\n",
        b'""""""""""\n',
        b'{"at":"2026","value":1.5,"unit":"C"}\n',
        b'{"at":"2026","value": ,"unit":"C"}\n',
        b'{"at":"2026","value": null,"unit":"C"}\n',
        b'{"at":"2026","value": 1.5,"unit":"C"} \n',
        b'{"at":"2026","valve": 1.5,"unit":"C"}\n',
        b'{"at":"2026","value": 1.5 "unit":"C"}\n',
        b'{"at":"2026","value" "unit":"C"}\n',
        b'{"at":"2026","value": 1.5,"unit":"C","at":"2027"}\n',
        LINE[:-1] + LINE,
        LINE[1:],
    ],
)
def test_a_line_of_another_form_is_left_and_its_neighbours_are_not(other: bytes) -> None:
    fits, values = _form().values(_lines(LINE, other, LINE, other, other, LINE))

    assert fits.tolist() == [True, False, True, False, False, True]
    assert values["value"].to_pylist() == ["1.5"] * 3


def test_a_last_line_without_an_end_is_left() -> None:
    assert _form().values(_lines(LINE, LINE[:-1]))[0].tolist() == [True, False]


def test_no_lines_are_none_of_the_form() -> None:
    fits, values = _form().values(_lines(LINE).only(np.array([False])))

    assert (len(fits), len(values["at"])) == (0, 0)


@given(st.lists(st.one_of(st.just(LINE), st.text(alphabet='{}":,a1.5 \n', max_size=30).map(str.encode)), max_size=8))
def test_a_line_that_fits_is_the_object_of_its_values(parts: list[bytes]) -> None:
    lines = b"".join(parts).splitlines(keepends=True)
    fits, values = _form().values(_lines(*lines)) if lines else (np.empty(0, np.bool_), {})

    for place, text in enumerate(np.flatnonzero(fits).tolist()):
        at, value, unit = (values[name][place].as_py() for name in ("at", "value", "unit"))
        assert json.loads(lines[text]) == {"at": at, "value": float(value), "unit": unit}


def test_a_gateways_line_has_a_form() -> None:
    form = _form(line() + b"\n")

    assert form.values(_lines(line(value=2) + b"\n", line(sequence=9) + b"\n"))[0].all()

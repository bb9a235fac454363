"""Line protocol by the form of its lines gives what its lines give one by one; only plain lines are read by form."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.readers.json_lines.protocol_forms import ProtocolForms
from bronze.readers.plan import read_plan
from bronze.readers.text.lines import Block
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read

BASE = 1_772_359_200_000


def _mapping(**changes: Any) -> Mapping:
    data = {
        "feed": "readings",
        "files": ["*"],
        "format": "influx",
        "shape": "wide_by_metric",
        "ignored": ["measurement", "host", "note"],
        "time": {"column": "time", "kind": "epoch", "unit": "ms"},
        "columns": {"machine_id": "machine"},
        "constants": {"factory_id": "north"},
        "templates": {"sensor_id": "{machine_id}/{metric}"},
        "metrics": {
            "temp": {"metric": "temperature", "unit": "C"},
            "press": {"metric": "pressure", "unit": "bar", "optional": True, "factor": 2.5, "offset": 1},
        },
    }
    return parse_mapping(data | changes, "lines")


LONG = {
    "shape": "long",
    "columns": {
        "machine_id": "machine",
        "sensor_id": "host",
        "metric": "measurement",
        "value": "temp",
        "sequence": "press",
    },
    "constants": {"factory_id": "north", "unit": "C"},
    "templates": {},
    "metrics": {},
    "ignored": ["note"],
}
MAPPINGS = {
    "wide": _mapping(),
    "nanoseconds": _mapping(time={"column": "time", "kind": "epoch", "unit": "ns"}),
    "missing": _mapping(missing=["-1", "n/a", "0", "P1"], quoted_numbers=True),
    "states": _mapping(states={"temperature": {"true": 1, "5": 7, "RUN": 2}}),
    "quality by tag": _mapping(quality={"column": "host", "good": ["a", "1", "192"]}, ignored=["measurement", "note"]),
    "quality by field": _mapping(
        quality={"column": "note", "good": ["a", "1", "192"]}, ignored=["measurement", "host"]
    ),
    "tag in seconds": _mapping(time={"column": "host", "kind": "zoned"}, ignored=["measurement", "time", "note"]),
    "long": _mapping(**LONG),
    "measurement unknown": _mapping(ignored=["host"]),
}
VALUES = st.one_of(
    st.sampled_from(
        ["5", "5i", "5u", "21.5", "-3", "-0", "-0i", "0", "192", "192i", "-1", "0.1", "1e3", "1E-3", "1e400"]
    ),
    st.sampled_from(["007", "007i", "+1", "1.", ".5", "t", "FALSE", "true", "nan", "x", "1i2", "5ii", "-", "1_0", "٣"]),
    st.sampled_from(["9007199254740993", "9223372036854775807i", "9223372036854775808u", "9999999999999999999i"]),
    st.sampled_from(["123456789.123456789123", '"a"', '"5"', '"a\\"b"']),
)
PLAIN = st.one_of(st.floats(-1e6, 1e6).map(repr), st.integers(-(10**17), 10**17).map(lambda whole: f"{whole}i"))
FIELD = st.tuples(st.sampled_from(["temp", "press", "temp", "note", "new", "time", "host"]), st.one_of(VALUES, PLAIN))
TAGS = st.one_of(
    st.sampled_from(
        [",machine=P1", ",machine=P1,host=a", ",machine=é,host=1", ",host=2026-01-01T00:00:00Z,machine=P2"]
    ),
    st.sampled_from(
        ["", ",machine=", ",machine=P\\ 1", ",machine=P1,machine=P2", ",machine=a=b", ",machine=P1,rack=7"]
    ),
    st.just(",host=192,machine=P\t1"),
)
STAMPS = st.one_of(
    st.integers(BASE, BASE + 10**6).map(str),
    st.sampled_from(
        ["", "0", "-5", "-0", "1e12", "1.5", "00012", "1772359200000000000", "99999999999999999999", "٣", "5i"]
    ),
)
ENDS = st.sampled_from(["", "", "", "\r", " ", "\t", "\x0b", "\u2028", "\x85"])
HEADS = st.sampled_from(
    ["plc", "plc", "plc", "#plc", " plc", "\u00a0plc", "\\,plc", "p=c", "", "é", "\ufeffplc", '"plc"']
)


@st.composite
def _odd(draw: st.DrawFn) -> str:
    fields = ",".join(f"{name}={value}" for name, value in draw(st.lists(FIELD, min_size=1, max_size=3)))
    gap = draw(st.sampled_from([" ", " ", "  "]))
    stamp = draw(STAMPS)
    return f"{draw(HEADS)}{draw(TAGS)}{gap}{fields}{' ' if stamp else ''}{stamp}{draw(ENDS)}"


@st.composite
def _of_one_form(draw: st.DrawFn) -> list[str]:
    """Lines of one form, so that it is learnt, with any values in it."""
    tags, names = (
        draw(TAGS),
        draw(st.sampled_from([["temp"], ["temp", "press"], ["press", "temp", "note"], ["temp", "new"]])),
    )
    usual = draw(st.lists(st.sampled_from(["5", "5i", "1.5"]), min_size=3, max_size=3))
    value = [st.one_of(st.just(one), PLAIN, VALUES) for one in usual]
    lines = []
    for number in range(draw(st.integers(5, 12))):
        fields = ",".join(f"{name}={draw(value[place])}" for place, name in enumerate(names))
        lines.append(f"plc{tags} {fields} {draw(st.one_of(st.just(str(BASE + number)), STAMPS))}{draw(ENDS)}")
    return lines


FILES = st.lists(st.one_of(_of_one_form(), st.lists(_odd(), max_size=3)), min_size=1, max_size=3).map(
    lambda groups: [line for group in groups for line in group]
)
HURTS = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from([*' ,="\\\n\r#i\x00é-.e', ""]), st.integers(0, 2)), max_size=2
)


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
@settings(max_examples=80)
@given(
    lines=FILES,
    end=st.sampled_from(["\n", "\n", "\r\n"]),
    closes=st.booleans(),
    hurts=HURTS,
    spoiled=st.binary(max_size=2),
)
def test_paths_agree_on_line_protocol(
    mapping: Mapping, lines: list[str], end: str, closes: bool, hurts: list[tuple[int, str, int]], spoiled: bytes
) -> None:
    text = end.join(lines) + (end if closes else "")
    for place, put, instead in hurts:
        at = place % (len(text) + 1)
        text = text[:at] + put + text[at + instead :]
    content = text.encode() + spoiled

    assert Read(content, mapping).all == Read(content, mapping, use_fast=False).all


@pytest.mark.parametrize(
    "odd",
    [
        "plc,machine=P1 temp=5 ",
        "plc,machine=P1 temp=5",
        "plc,machine=P1 temp=5  1772359200000",
        "plc,machine=P1 temp=t 1772359200000",
        "plc,machine=P1 temp=5i 1772359200000",
        "plc,machine=P1 temp=05 1772359200000",
        'plc,machine=P1 temp="5" 1772359200000',
        "plc,machine=P1 temp=5 1772359200000.5",
        "plc,machine=P1 temp=5 99999999999999999999",
        "plc,machine= temp=5 1772359200000",
        "plc,machine=P\\ 1 temp=5 1772359200000",
        "plc,machine=P1 temp=5,new=1 1772359200000",
        "plc,machine=P1 temp=5,temp=6 1772359200000",
        "#lc,machine=P1 temp=5 1772359200000",
        " plc,machine=P1 temp=5 1772359200000",
    ],
)
def test_a_line_in_doubt_is_left_out(odd: str) -> None:
    lines = [f"plc,machine=P{number} temp={number}.5 {BASE + number}" for number in range(6)]

    assert _read_by_form(_mapping(), [*lines[:3], odd, *lines[3:]]) == [0, 1, 2, 4, 5, 6]


def test_whole_numbers_and_lines_of_several_forms_are_read_by_form() -> None:
    floats = [f"plc,machine=P{number} temp={number}.5,press=2 {BASE + number}" for number in range(5)]
    wholes = [f"pump,host=a,machine=é temp={number}i,press=-7u {BASE + number}" for number in range(5)]
    mixed = [line for pair in zip(floats, wholes, strict=True) for line in pair]

    assert sorted(_read_by_form(_mapping(), mixed)) == list(range(10))
    assert len(Read("\n".join(mixed).encode(), _mapping()).rows) == 20


def test_a_float_is_no_column_of_whole_numbers() -> None:
    wholes = [f"m,machine=P,host=S temp=1,press={number}i {BASE + number}" for number in range(5)]

    assert _read_by_form(_mapping(**LONG), wholes) == list(range(5))
    assert _read_by_form(_mapping(**LONG), [re.sub(r"i ", " ", line) for line in wholes]) == []


def _read_by_form(mapping: Mapping, lines: list[str]) -> list[int]:
    """Numbers of the lines that are read by form."""
    block = Block("".join(f"{line}\n" for line in lines).encode(), 1, 0)
    sources = list(ProtocolForms(read_plan(mapping)).sources(block.data, block.starts, block.ends - 1))
    return np.concatenate([source.line for source in sources]).tolist() if sources else []

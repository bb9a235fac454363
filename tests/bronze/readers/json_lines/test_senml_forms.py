"""SenML packs by the form of their text give what they give one by one; only packs that are plain are read by form."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.readers.json_lines.nested import NestedRecords
from bronze.readers.json_lines.nested_forms import NestedForms
from bronze.readers.plan import read_plan
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read

BASE = 1_772_359_200


def _mapping(form: str = "jsonl", **changes: Any) -> Mapping:
    data = {
        "feed": "readings",
        "files": ["*"],
        "format": form,
        "base": "senml",
        "time": {"column": "t", "kind": "epoch", "unit": "s"},
        "columns": {"sensor_id": "n", "metric": "n", "value": "v", "unit": "u"},
        "constants": {"factory_id": "north"},
        "machine_of": {"urn:1:T": "M1", "urn:1:p": "M1", "urn:2:T": "M2", "T": "M3"},
    }
    return parse_mapping(data | changes, "packs")


MAPPINGS = {
    "lines": _mapping(),
    "file": _mapping("json"),
    "missing": _mapping(missing=["0", "-1", "T"], quoted_numbers=True),
    "nanoseconds": _mapping(time={"column": "t", "kind": "epoch", "unit": "ns"}),
    "words": _mapping(names={"urn:1:T": "temperature"}, states={"temperature": {"5": 7}}, ignored=["ut"]),
}
TEXTS = st.sampled_from(["urn:1:", "urn:2:", "T", "p", "", "Cel", "é", "a\\b", 'x"y', "\ue0001\ue001"])
NUMBERS = st.one_of(
    st.sampled_from([BASE, BASE + 0.5, 2**28, 2**28 - 1, 0, -1, -0.0, 5, 10**18, 10**400, 1e308]),
    st.integers(BASE, BASE + 10**6),
    st.floats(-1e6, 1e6),
)
ANY = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none(), st.just([1]))
NAMES = {"bn": TEXTS, "n": TEXTS, "bu": TEXTS, "u": TEXTS, "bt": NUMBERS, "t": NUMBERS, "v": NUMBERS}
RARE = {
    "bv": NUMBERS,
    "s": NUMBERS,
    "bs": NUMBERS,
    "vs": TEXTS,
    "vb": st.booleans(),
    "bver": NUMBERS,
    "ut": NUMBERS,
    "new": ANY,
}
USUAL = [
    ["bn", "bt", "bu", "n", "v"],
    ["n", "v"],
    ["n", "u", "v"],
    ["bn", "bt"],
    ["n", "t", "v"],
    ["bver", "n", "t", "u", "v"],
]


@st.composite
def _packs(draw: st.DrawFn) -> list[object]:
    """Packs of one form, with any values in it."""
    records = draw(st.lists(st.sampled_from(USUAL), min_size=1, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        records = [*records, draw(st.lists(st.sampled_from([*NAMES, *RARE]), unique=True, max_size=4))]
    tame = {"bn": "urn:1:", "n": "T", "bu": "Cel", "u": "Cel", "bt": BASE, "t": BASE + 0.5, "v": 5.25}
    value = {name: st.one_of(st.just(tame.get(name, 7)), rule) for name, rule in (NAMES | RARE).items()}
    packs: list[object] = []
    for _ in range(draw(st.integers(4, 10))):
        odd = draw(st.integers(0, 9)) == 0
        packs.append([{name: draw(ANY if odd else value[name]) for name in names} for names in records])
    return packs


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
@settings(max_examples=100)
@given(
    packs=st.lists(_packs(), min_size=1, max_size=2),
    hurt=st.tuples(st.integers(0, 3000), st.sampled_from(',"[]{}\n1-e'), st.booleans()),
)
def test_paths_agree_on_packs(mapping: Mapping, packs: list[list[object]], hurt: tuple[int, str, bool]) -> None:
    text = "".join(f"{json.dumps(pack, ensure_ascii=False)}\n" for group in packs for pack in group)
    place, put, is_hurt = hurt
    at = place % len(text)
    text = text[:at] + put + text[at + 1 :] if is_hurt else text

    assert Read(text.encode(), mapping).all == Read(text.encode(), mapping, use_fast=False).all


@pytest.mark.parametrize(
    ("change", "is_by_form"),
    [
        ({"v": 7}, True),
        ({"bn": "urn:2:"}, True),
        ({"bt": 2**28 - 1}, False),
        ({"v": "7"}, False),
        ({"t": 5}, False),
        ({"bv": 5}, False),
        ({"n": "a\\b"}, False),
        ({"v": None}, False),
    ],
)
def test_a_pack_in_doubt_is_left_out(change: dict[str, object], is_by_form: bool) -> None:
    record = {"bn": "urn:1:", "bt": BASE, "bu": "Cel", "n": "T", "v": 1.5}
    packs = [[record, {"n": "p", "u": "bar", "v": number}] for number in range(6)]
    packs[3] = [record | change, packs[3][1]]

    assert (3 in _read_by_form(packs)) == is_by_form
    assert _read_by_form(packs) >= {0, 1, 2, 4, 5}


def test_sums_are_never_read_by_form() -> None:
    assert _read_by_form([[{"bn": "urn:1:", "bt": BASE, "n": "T", "u": "C", "t": 5, "v": 1.5}]] * 6) == set()
    assert _read_by_form([[{"bn": "urn:1:", "bt": BASE, "n": "T", "u": "C", "bv": 5, "v": 1.5}]] * 6) == set()


def _read_by_form(packs: list[list[dict[str, object]]]) -> set[int]:
    """Numbers of the packs that are read by form."""
    plan = read_plan(_mapping())
    data = b"".join(json.dumps(pack).encode() + b"\n" for pack in packs)
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    sources = NestedForms(plan, NestedRecords(plan).documents).sources(data, starts, ends, np.arange(len(packs)))
    return {line for source in sources for line in source.line.tolist()}


def test_a_sum_beyond_the_doubles_is_one_rejected_record() -> None:
    pack = [{"bn": "urn:1:", "bt": 10**400, "n": "T", "v": 1.5, "t": 0.5}, {"bt": BASE, "n": "T", "u": "C", "v": 2.5}]
    read = Read(json.dumps(pack).encode(), _mapping())

    assert (read.reasons, [row["value"] for row in read.rows]) == (["not_finite"], [2.5])

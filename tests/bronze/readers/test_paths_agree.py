"""The fast path gives what the slow path gives, whatever a file holds; neither ever raises or miscounts."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import NOTES, Read, long_mapping, reading, wide_mapping

QUICK = settings(max_examples=150)
ODD = "\t \"'\\,;{}[]:/\u00b0\u2028\ud83d\ude00\x00\x7f\ufeffe+-.0129xXnaNiInftrue"
TEXTS = st.one_of(st.text(max_size=8), st.text(alphabet=ODD, max_size=8))
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(), st.integers(-3, 3), st.sampled_from([1e22, 2.0**53, -0.0, 5e-324])
)
TIMES = st.one_of(
    st.datetimes().map(str),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.tuples(st.datetimes(), st.sampled_from(["Z", "z", "+01", "-0130", "+23:59", "+24:00", "", " Z"])).map(
        lambda pair: pair[0].isoformat() + pair[1]
    ),
    st.sampled_from(
        [
            "2026-10-25 02:30:00",
            "2026-03-29 02:30:00",
            "2026-01-01",
            "2026-01-01T10Z",
            "2026-01-01T10:00:60Z",
            "2040-07-01 00:00",
            "0000-01-01T00:00:00Z",
            "2026-01-01T00:00:00.1234567Z",
            "1899-12-31 23:00:00",
            "",
        ]
    ),
)
ANYTHING = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.lists(NUMBERS, max_size=2), st.just({"q": [None]}))
FIELDS = {
    "timestamp": st.one_of(st.just("2026-01-31T08:15:30.25Z"), TIMES, ANYTHING),
    "sensor_id": st.one_of(st.just("S1"), TEXTS, ANYTHING),
    "metric_type": st.one_of(st.sampled_from(["temperature", "tmp"]), TEXTS),
    "value": st.one_of(NUMBERS, ANYTHING, st.sampled_from(["RUN", " RUN", "1", "2.5", True, 1, 1.0])),
    "unit": st.one_of(st.just("C"), TEXTS, st.none()),
    "sequence": st.one_of(NUMBERS, ANYTHING),
    "new": ANYTHING,
    "other": st.one_of(st.sampled_from(["1", 1, 1.0, "a", "A ", 3, "3.0", 0, "-1"]), TEXTS, TIMES),
    "Value": st.one_of(NUMBERS, ANYTHING),
    "value_q": st.one_of(st.sampled_from([0, "Good", 1 << 31, {"Code": 0}]), ANYTHING),
}
CHANGES = st.dictionaries(st.sampled_from([*FIELDS, "..."]), st.none(), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS.get(name, st.none()) for name in names})
)
TOKENS = st.sampled_from(
    [
        '"value"',
        '"new"',
        '"sequence"',
        '"a"',
        '""',
        ":",
        ",",
        "1",
        "-",
        "1.5e3",
        "null",
        "true",
        "nul",
        "NaN",
        "Infinity",
        " ",
        "\t",
        "\\",
        '"',
        "//",
        "/**/",
        "\r",
        "\x0b",
        "\x01",
        "'",
        "07",
        "1e999",
        '"\\u0000"',
        '"\\ud83d"',
    ]
)
RAW_LINES = st.one_of(
    st.binary(max_size=30),
    st.lists(TOKENS, max_size=8).map(lambda tokens: ("{" + "".join(tokens) + "}").encode()),
    st.sampled_from(
        [
            b"",
            b"  ",
            b"{}",
            b"null",
            b"[]",
            b'{"value":1}{"value":2}',
            b'{"value":1e400}',
            b"\xef\xbb\xbf{}",
            b'{"a":1}null{"a":2}',
            b'{"value":1,"value":2}',
            b'{"timestamp":"x"',
            b"}{",
            b'{"a":"\\ud800"}',
        ]
    ),
)


def _json_line(changes: dict[str, object]) -> bytes:
    left_out = "..." in changes
    fields = {name: value for name, value in reading(**changes).items() if name != "..."}
    if left_out:
        fields.pop("value", None)
    return json.dumps(fields, ensure_ascii=left_out).encode("utf-8", "surrogatepass")


SAME_FORM = st.fixed_dictionaries(
    {"timestamp": FIELDS["timestamp"], "value": FIELDS["value"], "unit": TEXTS, "sequence": NUMBERS}
).map(_json_line)
JSON_FILES = st.one_of(
    st.lists(st.one_of(CHANGES.map(_json_line), CHANGES.map(_json_line), RAW_LINES), max_size=12),
    st.lists(st.one_of(SAME_FORM, SAME_FORM, SAME_FORM, CHANGES.map(_json_line), RAW_LINES), min_size=5, max_size=16),
)
MAPPINGS = [
    long_mapping(),
    long_mapping(missing=["-1", "n/a", "NaN", "0"], names={"tmp": "temperature"}, units={"temperature": "C"}),
    long_mapping(time={"column": "timestamp", "kind": "local", "zone": "Europe/Rome"}, ignored=["other"]),
    long_mapping(time={"column": "timestamp", "kind": "epoch", "unit": "ms"}),
    long_mapping(
        shape="wide_by_metric",
        columns={"sensor_id": "sensor_id", "machine_id": "machine_id"},
        constants={"factory_id": "F"},
        metrics={"value": {"metric": "a", "unit": "C"}, "sequence": {"metric": "b", "unit": "C", "divisor": 10}},
        missing=["-1"],
    ),
    long_mapping(
        states={"temperature": {"RUN": 7, "true": 1}, "tmp": {"RUN": 8, "1": 3}},
        quoted_numbers=True,
        unit_names={"C": "F"},
        corrections=[
            {"sensor": "S1", "since": datetime(2026, 1, 31, tzinfo=UTC), "factor": 0.1, "offset": 3, "continues": "S0"},
            {"metric": "temperature", "until": datetime(2026, 1, 31, tzinfo=UTC), "unit": "K", "factor": -2},
        ],
    ),
    long_mapping(quality={"column": "other", "good": ["1", "a", "2..9"], "uncertain": [0]}, missing=["-1"]),
    long_mapping(
        shape="wide_by_metric",
        columns={"sensor_id": "sensor_id", "machine_id": "machine_id"},
        constants={"factory_id": "F"},
        metrics={"value": {"metric": "a", "unit": "C"}, "sequence": {"metric": "b", "unit": "C"}},
        quality={"column": "{column}_q", "preset": "opc_ua"},
    ),
    long_mapping(only_where={"column": "other", "is": ["1", "a"]}, missing=["-1"]),
    long_mapping(
        shape="wide_by_metric",
        columns={"sensor_id": "sensor_id", "machine_id": "machine_id"},
        constants={"factory_id": "F"},
        metrics={"value": {"metric": "a", "unit": "C"}, "sequence": {"metric": "b", "unit": "C"}},
        only_where={"column": "new"},
    ),
    long_mapping(only_where={"column": "metric_type", "is_not": ["tmp", "temperature"]}),
]


def _both(content: bytes, mapping: Mapping) -> None:
    assert Read(content, mapping).all == Read(content, mapping, use_fast=False).all


@pytest.mark.parametrize(
    "mapping",
    MAPPINGS,
    ids=[
        *("zoned", "missing", "local", "epoch", "wide", "values"),
        *("quality", "cell_quality", "only", "only_filled", "only_not"),
    ],
)
@QUICK
@given(lines=JSON_FILES, end=st.sampled_from([b"\n", b"\r\n"]), closes=st.booleans())
def test_paths_agree_on_json_lines(mapping: Mapping, lines: list[bytes], end: bytes, closes: bool) -> None:
    _both(end.join(lines) + (end if closes else b""), mapping)


CSV_TEXTS = st.one_of(
    st.sampled_from(
        [
            "1",
            "-1",
            "1.5",
            "b",
            " b",
            "a",
            "x",
            "+1",
            " 1",
            "1.",
            ".5",
            "0x10",
            "1_0",
            "nan",
            "1e400",
            "1,5",
            "",
            '"',
            "n/a",
            "007",
        ]
    ),
    TEXTS,
    TIMES,
    NUMBERS.map(str),
)


def _cell(text: str, quote: int) -> str:
    doubled = text.replace('"', '""')
    return text if quote == 0 else f'"{doubled}"' if quote < 3 else f'"{text}"'


CELLS = st.tuples(CSV_TEXTS, st.sampled_from([0, 0, 0, 1, 2, 3])).map(lambda pair: _cell(*pair))
STAMPS = st.one_of(st.just("2026-01-01T00:00:00Z"), TIMES)
CSV_ROWS = st.one_of(
    st.tuples(STAMPS, st.sampled_from(["a", "b", "c"]), CELLS, CELLS, CELLS).map(",".join),
    st.tuples(st.just("2026-01-01T00:00:00Z"), st.just("a"), st.just("2"), CELLS, st.just('"x\ny"')).map(",".join),
    st.lists(CELLS, max_size=6).map(",".join),
)
_CSV_IDS = ("wide", "epoch", "long", "values", "quality", "classic")
_NOTES: dict[str, object] = {
    **NOTES,
    "files": ["*"],
    "columns": {"machine_id": "sensor", "code": "temp", "detail": "speed"},
    "only_where": {"column": "note"},
}
NOTES_ONLY = parse_mapping(_NOTES, "notes")
CSV_MAPPINGS = [
    wide_mapping(),
    wide_mapping(time={"column": "at", "kind": "epoch", "unit": "s"}),
    wide_mapping(
        shape="long",
        metrics={},
        constants={"factory_id": "F", "metric": "m", "unit": "C"},
        columns={"sensor_id": "sensor", "value": "temp", "sequence": "speed"},
        ignored=["note"],
    ),
    wide_mapping(
        metrics={
            "temp": {
                "metric": "temperature",
                "unit": "C",
                "states": {"b": 4, "1": 2.5},
                "factor": 12.5,
                "offset": -1,
            },
            "speed": {"metric": "rotation", "unit": "rpm"},
        },
        states={"a": 6, "rotation": {"x": 1}},
        corrections=[{"column": "temp", "since": datetime(2026, 1, 1, tzinfo=UTC), "factor": 3}],
    ),
    wide_mapping(quality={"column": "note", "good": ["1", "-1", ".5"], "absent": "good"}),
    wide_mapping(
        metrics={"temp": {"metric": "temperature", "unit": "C"}},
        quality={"column": "speed", "preset": "opc_classic", "accept_uncertain": True},
    ),
    wide_mapping(only_where={"column": "note", "is_not": ["1", "x"]}),
    NOTES_ONLY,
]


@pytest.mark.parametrize("mapping", CSV_MAPPINGS, ids=[*_CSV_IDS, "only", "events"])
@QUICK
@given(rows=st.lists(CSV_ROWS, max_size=8), end=st.sampled_from(["\n", "\r\n", "\r"]), spoiled=st.binary(max_size=3))
def test_paths_agree_on_csv(mapping: Mapping, rows: list[str], end: str, spoiled: bytes) -> None:
    text = end.join(["at,sensor,temp,speed,note", *rows, ""])

    _both(text.encode("utf-8", "surrogatepass"), mapping)
    _both(text.encode("utf-8", "surrogatepass") + spoiled, mapping)


@QUICK
@given(header=st.lists(CELLS, max_size=5).map(",".join), rows=st.lists(CSV_ROWS, max_size=4))
def test_paths_agree_on_any_header(header: str, rows: list[str]) -> None:
    _both("\n".join([header, *rows]).encode("utf-8", "surrogatepass"), wide_mapping())


@QUICK
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(content: bytes) -> None:
    for mapping in (long_mapping(), wide_mapping(), long_mapping(format="parquet")):
        _both(content, mapping)

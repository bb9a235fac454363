"""Times, numbers and layouts of texts: column by column, record by record and on the device, the same comes out."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC as UTC_ZONE
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from expectations.plant.file import load_profile
from jobs.edge.pipeline_document import pipeline_of
from tests.edge_bundle.gateway.test_readers_agree import ours, theirs
from tests.support.reader_files import Read

FILES, ROWS = 60, 30
Chance = random.Random
Time = Callable[[random.Random, datetime], str]
Number = Callable[[random.Random], str]
BEGINS = (datetime(2026, 10, 25, 1, 30), datetime(2026, 3, 29, 1, 30), datetime(2026, 2, 28, 22), datetime(2026, 11, 2))  # noqa: DTZ001 - a clock on the wall has no zone
LOCAL = {"kind": "local", "zone": "Europe/Berlin"}
UTC = {"kind": "local", "zone": "UTC"}


def mapping(name: str, time: dict[str, Any], **changes: Any) -> Mapping:
    data: dict[str, Any] = {
        "feed": "readings", "files": [f"{name}/*"], "format": "csv", "shape": "wide_by_metric", "missing": ["-", "-99"],
        "time": {"column": "at", **time}, "columns": {"machine_id": "m"}, "constants": {"factory_id": "bremen"},
        "templates": {"sensor_id": "{machine_id}/{metric}"},
        "metrics": {
            "temp": {"metric": "temperature", "unit": "C"},
            "press": {"metric": "pressure", "unit": "bar", "optional": True},
        },
    }  # fmt: skip
    if "columns" in time:
        data["time"].pop("column")
    return parse_mapping(data | changes, name)


def german(chance: Chance, at: datetime) -> str:
    return f"{at:%d.%m.%Y %H:%M:%S}," + chance.choice(["5", "250", "123456789", "000"])


def american(chance: Chance, at: datetime) -> str:
    day = f"{at.month}/{at.day}/{at.year}" if chance.random() < 0.7 else f"{at:%m/%d/%Y}"
    return f"{day} {int(at.strftime('%I'))}:{at:%M}{chance.choice([' ', ' ', chr(0x202F)])}{at:%p}"


def joined(chance: Chance, at: datetime) -> str:
    del chance
    return f"{at:%Y%m%d}|{at:%H%M%S}"


def flagged(chance: Chance, at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}|{chance.choice(['S', 'W', 'W', '', 'x'])}"


def offset(chance: Chance, at: datetime) -> str:
    return f"{at:%Y/%j %H.%M}{chance.choice(['+0200', '+01:00', 'Z', '+01', '+25'])}"


def named(chance: Chance, at: datetime) -> str:
    month = chance.choice([at.strftime("%b"), at.strftime("%B"), "Okt", "märz", "Foo"])
    return f"{at.day} {month} {at:%y %H:%M}"


def serial(chance: Chance, at: datetime) -> str:
    days = (at - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001 - a clock on the wall has no zone
    return repr(days) if chance.random() < 0.8 else f"{days:.5f}".replace(".", ",")


def nanos(chance: Chance, at: datetime) -> str:
    seconds = int((at - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - a clock on the wall has no zone
    return f"{seconds}{chance.randrange(10**9):09}" if chance.random() < 0.8 else str(seconds * 1e9)


def plus(chance: Chance, at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}|{chance.choice(['0', '250', '999.5', '-1', '', 'x'])}"


def weeks(chance: Chance, at: datetime) -> str:
    year, week, weekday = at.isocalendar()
    clock = f"{at:%H:%M:%S}" + chance.choice(["", ".25", ".123456"])
    return f"{year}-W{chance.choice([week, week, week, 53, 54, 0]):02}-{chance.choice([weekday, weekday, 8])}T{clock}"


def ticks(chance: Chance, at: datetime) -> str:
    since = (at - datetime(1601, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - a clock on the wall has no zone
    return chance.choice([f"{since}{chance.randrange(10)}", f"{since}0", f"{float(since) * 10!r}", "x"])


def dropped(chance: Chance, at: datetime) -> str:
    return f"{at:%d.%m.%Y}" if chance.random() < 0.2 else f"{at:%d.%m.%Y %H:%M:%S}"


def iso(chance: Chance, at: datetime) -> str:
    return at.isoformat(sep=chance.choice(" T")) if chance.random() < 0.9 else f"{at:%Y-%m-%d}"


def plain(chance: Chance) -> str:
    return chance.choice(
        [str(chance.randrange(100)), f"{chance.uniform(0, 99):.2f}", "\u22125.5", "-", "-99", "", "+1", "1e1", "x"]
    )


def comma(chance: Chance) -> str:
    return chance.choice(
        ["1.450", "1.450,5", "21,5", "21.5", "1.2.3", "1450", ",5", "5,", "-1.450,25", "12.3456", "", "-"]
    )


def marked(chance: Chance) -> str:
    return chance.choice(
        [
            "\u22120.5",
            "1\u2009450",
            "5\u22121",
            "<0.5",
            "21.5 C",
            "21.5*",
            "< 3",
            "1 450",
            "1'450",
            "C",
            "21.5 F",
            "**2",
            "nan",
            "",
            "-",
            " 7 ",
        ]
    )


GERMAN = {"decimal": ",", "thousands": "."}
MARKS = {"strip": ["<", "C", "*"], "thousands": " "}
FLAGS = {"S": "+02:00", "W": "+01:00"}
FIXED = {"widths": [15, 4, 8, 8], "names": ["at", "m", "temp", "press"]}


def few(chance: Chance) -> str:
    return chance.choice(["1.5", "x", "-", "-99"])


def clocked(pattern: str) -> Time:
    def write(chance: Chance, at: datetime) -> str:
        del chance
        return at.strftime(pattern)

    return write


EXCEL = {"kind": "excel", "zone": "Europe/Berlin"}
TWO_ABOVE = {"skip": 2, "skip_after_header": 1}
TWO = {"columns": ["at", "clock"]}
FORMS: dict[str, tuple[Mapping, Time, Number]] = {
    "german": (
        mapping(
            "german", {**LOCAL, "format": "%d.%m.%Y %H:%M:%S,%f"}, delimiter=";", numbers=GERMAN, csv={"trim": True}
        ),
        german,
        comma,
    ),
    "american": (mapping("american", {**UTC, "format": "%m/%d/%Y %I:%M %p"}, numbers=MARKS), american, marked),
    "joined": (mapping("joined", {**TWO, **LOCAL, "repeated": "second", "format": "%Y%m%d %H%M%S"}), joined, plain),
    "dated": (mapping("dated", {**TWO, **LOCAL, "repeated": "first"}), clocked("%Y-%m-%d|%H:%M:%S"), plain),
    "flagged": (
        mapping("flagged", {**TWO, "format": "%F %T %Z", "offsets": FLAGS}, csv={"comments": ["#"]}),
        flagged,
        plain,
    ),
    "offset": (mapping("offset", {"format": "%Y/%j %H.%M%z"}, csv={"trailing_delimiters": True}), offset, plain),
    "named": (mapping("named", {**UTC, "format": "%d %B %y %H:%M"}, csv=TWO_ABOVE), named, plain),
    "excel": (mapping("excel", EXCEL, delimiter="\t", numbers={"decimal": ","}), serial, comma),
    "nanos": (mapping("nanos", {"kind": "epoch", "unit": "ns", "marks": "end", "interval": "10min"}), nanos, plain),
    "plus": (
        mapping("plus", {**LOCAL, "plus": {"column": "clock", "unit": "ms"}}, csv={"find_header": True}),
        plus,
        plain,
    ),
    "order": (mapping("order", {**LOCAL, "repeated": "by_order"}), iso, plain),
    "blanks": (
        mapping("blanks", {**LOCAL, "repeated": "first", "format": "%Y-%m-%dT%H:%M"}, delimiter=" "),
        clocked("%Y-%m-%dT%H:%M"),
        few,
    ),
    "weeks": (mapping("weeks", {**UTC, "format": "%G-W%V-%uT%H:%M:%S.%f"}), weeks, plain),
    "ticks": (
        mapping("ticks", {"kind": "epoch", "unit": "100ns", "since": datetime(1601, 1, 1, tzinfo=UTC_ZONE)}),
        ticks,
        plain,
    ),
    "dropped": (mapping("dropped", {**UTC, "format": "%d.%m.%Y %H:%M:%S", "date_only": True}), dropped, plain),
    "widths": (mapping("widths", {**UTC, "format": "%d.%m.%y %H:%M"}, csv=FIXED), clocked("%d.%m.%y %H:%M"), plain),
}


def content(name: str, chance: Chance) -> str:
    """A file of the form: mostly in order, now and then broken, its header again, or glued."""
    one, time, number = FORMS[name]
    delimiter, rule = one.delimiter, one.csv
    is_split = "clock" in one.source_columns
    head = ["at", *(["clock"] if is_split else []), "m", "temp", *(["press"] if chance.random() < 0.8 else [])]
    lines = ["# made by", "x" + delimiter + "y"][: rule.skip or (2 if rule.find_header else 0)]
    lines += [] if rule.names else [delimiter.join(head), *(["unit"] * rule.skip_after_header)]
    at = chance.choice(BEGINS)
    for _ in range(chance.randint(1, ROWS)):
        at += timedelta(minutes=chance.choice([15, 15, 30, -60, 0]))
        fields = [*time(chance, at).split("|"), chance.choice(["M1", "M1", "M2", " M3"])]
        fields += [number(chance) for _ in head[len(fields) :]]
        lines.append(_line(fields, one, chance))
        if chance.random() < 0.05:
            lines.append(_odd(chance, delimiter, head, rule.skip_after_header))
    end = chance.choice(["\n", "\n", "\r\n"])
    return end.join([*lines, ""])


def _line(fields: list[str], one: Mapping, chance: Chance) -> str:
    if one.csv.widths:
        return "".join(field.ljust(width) for field, width in zip(fields, one.csv.widths, strict=False)).rstrip()
    if chance.random() < 0.04:
        fields[chance.randrange(len(fields))] = chance.choice(["", "x", "2026-10-25 02:30:00", '"', '"a"', "at", "é"])
    if one.delimiter == "," and chance.random() < 0.3:
        fields = [f'"{field}"' for field in fields]
    if one.csv.trim:
        fields = [f" {field}" if chance.random() < 0.3 else field for field in fields]
    blanks = chance.choice([" ", "  ", " \t"]) if one.delimiter == " " else one.delimiter
    tail = chance.choice(["", one.delimiter * 2]) if one.csv.trailing_delimiters else ""
    return blanks.join(fields) + tail


def _odd(chance: Chance, delimiter: str, head: list[str], below: int) -> str:
    again = [*head[:-2], *reversed(head[-2:])]
    header = "\n".join([delimiter.join(again), *(["unit"] * below)])
    lacking = delimiter.join(chance.sample([*head, "flow", "2"], len(head)))
    odd = ["", "  ", "# a, comment", delimiter.join(["1"] * 9), header, delimiter.join(head[:-1]), lacking]
    return chance.choice(odd)


@pytest.mark.parametrize("name", FORMS)
def test_columns_and_records_say_the_same(name: str) -> None:
    chance, one = random.Random(name), FORMS[name][0]
    rows = rejected = 0
    for _ in range(FILES):
        data = content(name, chance).encode()
        fast, slow = Read(data, one), Read(data, one, use_fast=False)
        assert fast.all == slow.all, data
        rows, rejected = rows + len(fast.rows), rejected + len(fast.rejected)

    assert rows > FILES
    assert rejected > FILES // 4


@pytest.mark.parametrize("name", FORMS)
def test_the_device_says_the_same(name: str, tmp_path: Path) -> None:
    chance, one = random.Random(name), FORMS[name][0]
    pipeline = pipeline_of(load_profile("simulated"), [one], [])
    path = tmp_path / name / "file"
    path.parent.mkdir()
    differing = []
    for _ in range(FILES):
        text = content(name, chance)
        path.write_bytes(text.encode())
        if ours(pipeline, path) != theirs(pipeline, one, path):
            differing.append(text)

    assert differing == []

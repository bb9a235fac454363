"""Times that a file's rows do not have: of the first row from outside, of each other row by its place."""

import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bronze.readers.text.content import CHUNK
from expectations.errors import MappingError
from expectations.mapping.landed_path import at_path, path_identity
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, wide_mapping

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
SENSORS: dict[str, Any] = {
    "constants": {"factory_id": "F1", "machine_id": "M1", "start": "2026-11-02T06:00:00Z"},
    "columns": {}, "machine_of": {}, "templates": {"sensor_id": "{machine_id}/{metric}"},
    "metrics": {"h": {"metric": "vibration", "unit": "g"}},
}  # fmt: skip


def sampled(every: str = "1s", **changes: Any) -> Mapping:
    return wide_mapping(**{**SENSORS, "time": {"column": "start", "every": every}, **changes})


def times(read: Read) -> list[datetime]:
    return [row["measured_at"] for row in read.rows]


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(("every", "step"), [("1s", 1), ("250ms", Fraction(1, 4)), ("1/20480 s", Fraction(1, 20480)),
                                             ("3/7 ms", Fraction(3, 7000)), ("5min", 300)])  # fmt: skip
def test_each_row_is_an_exact_step_later(every: str, step: Fraction, *, use_fast: bool) -> None:
    rows = 300
    read = Read(("h\n" + "".join(f"{n}\n" for n in range(rows))).encode(), sampled(every), use_fast=use_fast)

    late = [timedelta(microseconds=int(Fraction(step) * n * 1_000_000)) for n in range(rows)]
    assert times(read) == [START + one for one in late]


@pytest.mark.parametrize("use_fast", [True, False])
def test_rows_without_a_value_take_their_time_and_lines_above_the_first_do_not(*, use_fast: bool) -> None:
    mapping = sampled(csv={"skip": 1, "skip_after_header": 1}, delimiter=";")
    content = b"Logger 7\nn;h\n-;g\n0;1.5\n1;\n2;x\n3;2.5\n"

    read = Read(content, mapping, use_fast=use_fast)

    assert times(read) == [START, START + timedelta(seconds=3)]
    assert read.blank == 1
    assert [entry["reason"] for entry in read.rejected] == ["wrong_type"]


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_are_no_rows_take_no_time(end: str, *, use_fast: bool) -> None:
    mapping = sampled(csv={"comments": ["#"]}, metrics=SENSORS["metrics"] | {"n": {"metric": "speed", "unit": "rpm"}})
    lines = ["# logger", "n,h", "# begin", "", '"1","0"', "2,1", "", "# paused", "  ", '3,"2"', "n,h", "x,", "5,4", "#"]

    read = Read((end.join(lines) + end).encode(), mapping, use_fast=use_fast)

    seconds = [(row["measured_at"] - START) / timedelta(seconds=1) for row in read.rows if row["metric"] == "vibration"]
    assert seconds == [row["value"] for row in read.rows if row["metric"] == "vibration"] == [0, 1, 2, 4]


def test_places_go_on_over_blocks() -> None:
    line = "0.5" + "0" * 60 + "\n"
    count = 2 * CHUNK // len(line) + 10
    content = ("h\n" + line * count).encode()

    read = Read(content, sampled("1/25600 s"))

    assert times(read)[-1] == START + timedelta(microseconds=(count - 1) * 1_000_000 // 25_600)
    assert len(set(times(read))) == count


def test_rows_of_parquet_are_counted_too() -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"h": [1.0, None, 3.0]}), file)

    read = Read(file.getvalue(), sampled(format="parquet", missing=[]))

    assert times(read) == [START, START + timedelta(seconds=2)]


@pytest.mark.parametrize("use_fast", [True, False])
def test_clock_columns_and_a_date_from_outside_are_one_time(*, use_fast: bool) -> None:
    """The files of FEMTO's bearings: hour, minute, second, microseconds, two accelerations, no header, no date."""
    mapping = sampled(
        path="{machine_id}/acc_*.csv",
        constants={"factory_id": "F1", "date": "2010-11-17"},
        csv={"names": ["hour", "minute", "second", "micro", "h", "v"]},
        time={"columns": ["date", "hour", "minute", "second"], "kind": "local", "zone": "UTC",
              "format": "%Y-%m-%d %H %M %S", "plus": {"column": "micro", "unit": "us"}},
        ignored=["v"],
    )  # fmt: skip
    read = Read(
        b"9,39,39,65664,0.552,-0.146\n10,17,59,1.1879e+05,-0.193,0.198\n10,17,,1,0.1,0.2\n",
        at_path(mapping, "b/Bearing3_1/acc_00001.csv"), use_fast=use_fast,
    )  # fmt: skip

    assert [(f"{row['measured_at']:%F %T.%f}", row["machine_id"], row["value"]) for row in read.rows] == [
        ("2010-11-17 09:39:39.065664", "Bearing3_1", 0.552),
        ("2010-11-17 10:17:59.118790", "Bearing3_1", -0.193),
    ]
    assert [entry["reason"] for entry in read.rejected] == ["time_unreadable"]


def test_files_of_equal_content_are_told_apart_by_the_time_in_their_path() -> None:
    constants = {"factory_id": "F1", "machine_id": "M1"}
    mapping = sampled(path="{start:%Y%m%d%H}.csv", constants=constants,
                      time={"column": "start", "every": "1s", "kind": "local", "zone": "UTC"})  # fmt: skip
    paths = ["2026110206.csv", "2026110207.csv"]

    found = [times(Read(b"h\n1\n2\n", at_path(mapping, path))) for path in paths]

    assert found == [[START, START + timedelta(seconds=1)], [START + timedelta(hours=1, seconds=s) for s in (0, 1)]]
    assert path_identity(mapping, paths[0]) != path_identity(mapping, paths[1])


def test_a_file_that_grew_is_read_from_its_first_row() -> None:
    assert not sampled().goes_on
    assert wide_mapping().goes_on


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time": {"column": "start", "every": "0s"}}, "every = '0s'; legal: a time from 1us to 24h"),
        ({"time": {"column": "start", "every": "1/3 us"}}, "every = '1/3 us'; legal"),
        ({"time": {"column": "start", "every": "25h"}}, "every = '25h'; legal"),
        (
            {"time": {"column": "at", "every": "1s"}},
            "'at' is in each row; name what `path`, `above` or [constants] say",
        ),
        ({"format": "jsonl"}, "[time] every is for formats csv and parquet; format is jsonl"),
        ({"appended": True}, "take appended out"),
        ({"time": {"column": "start", "every": "1s", "same_stamp": "spread"}}, "leave same_stamp out"),
        ({"path": "{measured_at:%Y%m%d}.csv"}, "measured_at is the time; give it another name"),
    ],
)
def test_a_step_that_cannot_be_counted_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingError) as caught:
        sampled(**changes)

    assert words in str(caught.value)

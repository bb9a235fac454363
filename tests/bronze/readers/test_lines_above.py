"""What the lines above a file's records say: constants and times of its rows, or nothing of the file is read."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bronze.readers.csv_rows.earlier import BLOCK, earlier_headers
from bronze.readers.text.content import CHUNK
from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, wide_mapping

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
ABOVE = 'Logger 7\n# Device: P1;;\n"# start";"2026-11-02T06:00:00Z"\n# rate: 4 Hz\n'


def mapping_of(**changes: Any) -> Mapping:
    data: dict[str, Any] = {
        "above": ["# Device: {machine_id}", "# start;{start}", "# rate: {rate} Hz"],
        "time": {"column": "start", "every": {"column": "rate", "unit": "Hz"}},
        "columns": {}, "machine_of": {}, "templates": {"sensor_id": "{machine_id}/{metric}"},
        "metrics": {"h": {"metric": "vibration", "unit": "g"}, "v": {"metric": "speed", "unit": "rpm"}},
        "csv": {"find_header": True}, "delimiter": ";", "constants": {"factory_id": "F1"},
    }  # fmt: skip
    return wide_mapping(**(data | changes))


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("layout", [{"find_header": True}, {"skip": 4}, {"comments": ["#", "Logger", '"#']}])
def test_lines_above_are_constants_time_and_step(layout: dict[str, Any], use_fast: bool) -> None:
    read = Read((ABOVE + "h;v\n1;2\nx;3\n4;\n").encode(), mapping_of(csv=layout), use_fast=use_fast)

    found = [
        ((row["measured_at"] - START) / timedelta(seconds=1), row["machine_id"], row["value"]) for row in read.rows
    ]
    assert found == [(0, "P1", 1), (0, "P1", 2), (0.25, "P1", 3), (0.5, "P1", 4)]
    assert (read.reasons, read.blank) == (["wrong_type"], 1)


@pytest.mark.parametrize("use_fast", [True, False])
def test_files_without_a_header_have_lines_above_too(use_fast: bool) -> None:
    layouts: tuple[dict[str, Any], ...] = (
        {"names": ["h", "v"], "skip": 4},
        {"names": ["h", "v"], "comments": ["#", "Logger", '"#']},
    )
    for layout in layouts:
        read = Read((ABOVE + "1;2\n3;4\n").encode(), mapping_of(csv=layout), use_fast=use_fast)
        assert [row["value"] for row in read.rows] == [1, 2, 3, 4]
        assert read.rows[2]["measured_at"] - START == timedelta(seconds=0.25)


@pytest.mark.parametrize(
    ("line", "other", "detail"),
    [
        ("# Device: P1;;\n", "", "no line above the records fits '# Device: {machine_id}'"),
        ("# rate: 4 Hz\n", "# rate: fast Hz\n", "rate: got 'fast' Hz"),
        ("# rate: 4 Hz\n", "# rate: 0 Hz\n", "rate: got '0' Hz"),
        ("Logger 7\n", "# Device: P2\n", "several lines above the records fit"),
    ],
)
@pytest.mark.parametrize("use_fast", [True, False])
def test_without_what_the_lines_should_say_no_row_is_read(line: str, other: str, detail: str, use_fast: bool) -> None:
    content = ABOVE.replace(line, other) + "h;v\n1;2\n3;4\nh;v\n5;6\n"

    read = Read(content.encode(), mapping_of(), use_fast=use_fast)

    assert read.rows == []
    assert (read.records, set(read.reasons)) == (3, {"missing_column"})
    assert all(entry["detail"].startswith(detail) for entry in read.rejected)


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(
    "layout", [{"find_header": True}, {"names": ["h", "v"], "skip": 4}, {"skip": 4, "comments": ["#"]}]
)
def test_another_measurement_in_the_file_is_not_read_as_the_first(layout: dict[str, Any], use_fast: bool) -> None:
    header = "" if "names" in layout else "h;v\n"
    same = ABOVE + header + "1;2\n# Device: P1\n3;4\n"
    other = same + '\n"# start";"2026-11-02T09:00:00Z"\n# rate: 4 Hz\n' + header + "5;6\n"

    one = Read(same.encode(), mapping_of(csv=layout), use_fast=use_fast)
    both = Read(other.encode(), mapping_of(csv=layout), use_fast=use_fast)

    assert [row["value"] for row in one.rows] == [1, 2, 3, 4]
    assert both.rows == one.rows
    assert "begins another measurement" in both.rejected[-1]["detail"]
    assert both.rejected[-1]["text"] == "5;6"


PER_ROW: dict[str, Any] = {"time": {"column": "t"}, "above": ["Device {machine_id}"]}
OWN = "Device P1\nt;h;v\n2026-11-02T06:00:00Z;1;2\n"


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(
    ("between", "detail"),
    [
        ("Device P2\n", "begins another measurement"),
        ("DEVICE P2\n", "is the header of another measurement: no line"),
        ("Device\n", "is the header of another measurement: no line"),
        ("\nLogger 8\n\n", "is the header of another measurement: no line"),
        ("x;1;2\n", "is the header of another measurement: no line"),
        ("Device P1\nDevice P1\n", ""),
        ("# Device P2, as someone notes\n", ""),
        ("\n", ""),
        ("", ""),
    ],
)
def test_each_header_has_the_lines_above_it_or_is_refused(between: str, detail: str, use_fast: bool) -> None:
    content = f"{OWN}{between}t;v;h\n2026-11-02T07:00:00Z;3;4\n"

    read = Read(
        content.encode(), mapping_of(**PER_ROW, csv={"find_header": True, "comments": ["#"]}), use_fast=use_fast
    )

    assert [row["value"] for row in read.rows] == ([1, 2] if detail else [1, 2, 4, 3])
    assert detail in read.rejected[-1]["detail"] if detail else "missing_column" not in read.reasons


@pytest.mark.parametrize("use_fast", [True, False])
def test_the_first_line_of_a_pattern_without_a_word_holds_for_its_own_rows_alone(use_fast: bool) -> None:
    mapping = mapping_of(
        time={"column": "t"}, above=["{machine_id};{other}"], templates={"sensor_id": "{machine_id}/{other}/{metric}"}
    )
    content = "P1;a\nt;h;v\n2026-11-02T06:00:00Z;1;2\nP2;b\nt;h;v\n2026-11-02T07:00:00Z;3;4\n"

    read = Read(content.encode(), mapping, use_fast=use_fast)

    assert [(row["machine_id"], row["value"]) for row in read.rows] == [("P1", 1), ("P1", 2)]


@pytest.mark.parametrize("use_fast", [True, False])
def test_times_that_are_counted_do_not_go_on_below_the_next_header(use_fast: bool) -> None:
    content = ABOVE + "h;v\n1;2\n"

    read = Read((content + content).encode(), mapping_of(), use_fast=use_fast)

    assert [row["value"] for row in read.rows] == [1, 2]
    assert "whose times begin again" in read.rejected[-1]["detail"]


@pytest.mark.parametrize("between", ["Device P2\n", "Logger 8\n"])
def test_what_is_appended_to_another_measurement_far_below_is_refused(between: str) -> None:
    mapping = mapping_of(**PER_ROW)
    row = "2026-11-02T06:00:00Z;1;2\n"
    content = OWN + row * (2 * BLOCK // len(row)) + between + "t;h;v\n" + row * 10
    whole = Read((content + row).encode(), mapping)
    header = earlier_headers(io.BytesIO(content.encode()), len(content), mapping)

    tail = Read(row.encode(), mapping, header=header, first_line=9, first_byte=len(content))

    assert (len(whole.rows), whole.reasons[-11:]) == (2 + 2 * (2 * BLOCK // len(row)), ["missing_column"] * 11)
    assert (tail.rows, tail.reasons) == ([], ["missing_column"])


def test_places_go_on_over_blocks_and_what_is_appended_is_read_by_the_lines_above() -> None:
    line = "0.5" + "0" * 60 + ";1\n"
    count = 2 * CHUNK // len(line) + 10
    rows = Read((ABOVE + "h;v\n" + line * count).encode(), mapping_of()).rows
    each = mapping_of(time={"column": "t"}, above=["# Device: {machine_id}"])
    tail = Read(b"2026-11-02T06:00:00Z;1;2\n", each, header=(ABOVE + "t;h;v\n").encode(), first_line=9, first_byte=99)

    assert rows[-1]["measured_at"] - START == timedelta(seconds=(count - 1) * 0.25)
    assert [(row["machine_id"], row["value"]) for row in tail.rows] == [("P1", 1), ("P1", 2)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"above": ["{machine_id} {start} {rate}"], "csv": {"names": ["h", "v"], "skip": 1}}, "no word of its own"),
        ({"above": ["# start: 5"]}, "names in braces"),
        ({"above": ["{start} {start}"]}, "twice"),
        ({"above": ["# {machine_id}", "# {start}"]}, "'rate' is no name of above"),
        ({"above": ["# {machine_id}", "# {start} {rate} {other}"]}, "unknown column 'other'"),
        ({"above": ["# {machine_id}", "# {start} {rate}"], "path": "{machine_id}.csv"}, "keep one"),
        (
            {"time": {"column": "start", "every": {"column": "rate", "unit": "rpm"}}},
            "legal: us, ms, s, min, h, Hz, kHz",
        ),
        ({"format": "jsonl", "csv": {}, "delimiter": ","}, "format is jsonl"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(MappingError, match=fault):
        mapping_of(**changes)

"""A header within a file that lacks a column: refused with the rows below it, never read by the names above."""

import io
import random

import pytest

from bronze.readers.csv_rows.earlier import BLOCK, earlier_headers
from tests.support.reader_files import Read, long_mapping, wide_mapping

HEAD, ROW = "at,sensor,temp,speed\n", "2026-01-01T00:00:00Z,a,215,1500\n"
LACKING = [
    "at,sensor,speed,torque\n",
    "at,sensor,torque,speed\n",
    "sensor,at,flow 2,speed,temp.\n",
    "stamp,sensor,speed,temp\n",
    '"speed","TEMP","at","sensor"\n',
    "at,sensor,temp,temp,speed\n",
    "stamp,tag,speed,celsius\n",
    "AT,Sensor,Speed,Temp\n",
    "zeit,ort,drehzahl,TEMP\n",
]


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("again", LACKING)
def test_rows_below_a_header_that_lacks_a_column_are_refused_until_the_next(again: str, use_fast: bool) -> None:
    swapped = "at,sensor,speed,temp\n2026-01-01T00:09:00Z,a,1500,215\n"

    read = Read((HEAD + ROW + again + ROW * 2 + swapped).encode(), wide_mapping(), use_fast=use_fast)

    assert [(row["_line"], row["metric"], row["value"]) for row in read.rows] == [
        (2, "temperature", 21.5), (2, "rotation", 1500.0), (7, "temperature", 21.5), (7, "rotation", 1500.0),
    ]  # fmt: skip
    assert [(entry["_line"], entry["reason"], entry["record_count"]) for entry in read.rejected] == [
        (line, "missing_column", 1) for line in (3, 4, 5)
    ]
    assert all("in the header within the file; it has" in entry["detail"] for entry in read.rejected)


@pytest.mark.parametrize("use_fast", [True, False])
def test_no_row_of_units_is_left_out_below_a_header_that_lacks_a_column(use_fast: bool) -> None:
    content = HEAD + "-,-,C,rpm\n" + ROW + LACKING[0] + "-,-,rpm,Nm\n" + ROW

    read = Read(content.encode(), wide_mapping(csv={"skip_after_header": 1}), use_fast=use_fast)

    assert [row["_line"] for row in read.rows] == [3, 3]
    assert [entry["_line"] for entry in read.rejected] == [4, 5, 6]


@pytest.mark.parametrize("use_fast", [True, False])
def test_a_record_with_its_time_in_place_is_no_header_whatever_its_texts_are(use_fast: bool) -> None:
    mapping = long_mapping(format="csv")
    head = ["timestamp", *mapping.columns.values()]
    cells = {"timestamp": "2026-01-01T00:00:00Z", mapping.columns["value"]: "1.5"}
    texts = [cells.get(name, name) for name in head]  # each other cell holds the name of its column
    content = "\n".join([",".join(head), ",".join(texts), ",".join(texts), ""]).encode()

    read = Read(content, mapping, use_fast=use_fast)

    assert "missing_column" not in read.reasons
    assert read.records == 2


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(
    "line", ["2026-01-01T00:00:00Z,a,temp,1500\n", ",a,temp,speed off\n", "n/a,a,temp,7\n", "NaN,,TEMP,\n"]
)
def test_a_record_that_has_one_name_beside_other_content_is_no_header(line: str, use_fast: bool) -> None:
    read = Read((HEAD + line + ROW).encode(), wide_mapping(), use_fast=use_fast)

    assert [row["value"] for row in read.rows if row["_line"] == 3] == [21.5, 1500.0]
    assert "missing_column" not in read.reasons


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("gap", ["\n", " \n\n"])
def test_another_table_below_an_empty_line_is_not_read_by_the_names_above(gap: str, end: str, use_fast: bool) -> None:
    content = (HEAD + ROW + gap + "day,unit,flow,level\n" + ROW + HEAD + ROW).replace("\n", end)

    read = Read(content.encode(), wide_mapping(), use_fast=use_fast)

    lines = content.count(end)
    assert [row["_line"] for row in read.rows] == [2, 2, lines, lines]
    assert read.reasons == ["missing_column"] * 2


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(
    "line", ["day,unit,flow\n", "x,y,y,z\n", "a,b,,c\n", "stopped by hand\n", "a,b,c,7\n", ",b,c,d\n"]
)
def test_a_text_below_an_empty_line_that_is_no_header_is_one_record(line: str, use_fast: bool) -> None:
    read = Read((HEAD + ROW + "\n" + line + ROW).encode(), wide_mapping(), use_fast=use_fast)

    assert [row["_line"] for row in read.rows] == [2, 2, 5, 5]
    assert "missing_column" not in read.reasons


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("line", ["zeit,ort,drehzahl,leistung,art\n", "day,unit,flow,level,sort\n"])
def test_a_header_of_unknown_names_is_a_rejected_record_also_beside_records_of_others(
    line: str, use_fast: bool
) -> None:
    only = wide_mapping(only_where={"column": "kind", "is": ["x"]})
    head, row, other = HEAD[:-1] + ",kind\n", ROW[:-1] + ",x\n", "2026-01-01T00:00:00Z,b,c,d,y\n"

    read = Read((head + row + other + line + row + "12:00,a,b,c,d\n").encode(), only, use_fast=use_fast)
    plain = Read((HEAD + ROW + line[: line.rindex(",")] + "\n" + ROW).encode(), wide_mapping(), use_fast=use_fast)

    assert [(entry["_line"], entry["reason"]) for entry in read.rejected] == [(4, "missing_column")]
    assert "of which the mapping knows no name" in read.rejected[0]["detail"]
    assert [(entry["_line"], entry["reason"]) for entry in plain.rejected] == [(3, "time_unreadable")]


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_time_that_begins_with_a_word_is_none_of_a_header(gap: str, use_fast: bool) -> None:
    time = {"column": "at", "kind": "local", "zone": "UTC", "format": "%a %b %d %Y"}
    mapping = wide_mapping(time=time | {"date_only": True}, states={"temp": 1, "off": 0})
    rows = [f"{gap}Mon Nov 02 2026,a,temp,off\n", f"{gap}Tue Nov 03 2026,a,off,temp\n"]

    read = Read((HEAD + "".join(rows)).encode(), mapping, use_fast=use_fast)

    assert [row["value"] for row in read.rows] == [0.1, 0, 0, 1]
    assert read.reasons == []


def test_an_empty_line_at_the_end_of_a_block_is_above_the_next_one() -> None:
    for more in range(4):
        rows = ROW * ((BLOCK - len(HEAD)) // len(ROW) + more)
        read = Read((HEAD + rows + "\n" + "day,unit,flow,level\n" + ROW).encode(), wide_mapping())
        assert read.reasons == ["missing_column"] * 2


@pytest.mark.parametrize("place", [0, 1, BLOCK // len(ROW) + 1], ids=["first", "second", "far below"])
@pytest.mark.parametrize("again", LACKING)
def test_what_is_appended_below_a_header_that_lacks_a_column_is_refused(again: str, place: int) -> None:
    mapping, data = wide_mapping(), (HEAD + ROW * place + again + ROW).encode()
    header = earlier_headers(io.BytesIO(data), len(data), mapping)

    tail = Read((ROW + HEAD + ROW).encode(), mapping, header=header, first_line=100, first_byte=len(data))

    assert [row["_line"] for row in tail.rows] == [102, 102]
    assert [(entry["_line"], entry["reason"]) for entry in tail.rejected] == [(100, "missing_column")]


def test_paths_agree_on_headers_anywhere() -> None:
    chance, names = random.Random(11), ["at", "sensor", "temp", "speed", "torque", "1", ""]
    lacking = 0
    for _ in range(200):
        lines = [HEAD]
        for _ in range(chance.randint(1, 30)):
            again = ",".join(chance.sample(names, chance.randint(1, 5))) + "\n"
            lines.append(chance.choice([ROW, ROW, ROW, again, HEAD]))
        data = "".join(lines).encode()
        fast, slow = Read(data, wide_mapping()), Read(data, wide_mapping(), use_fast=False)
        assert fast.all == slow.all, data
        lacking += fast.reasons.count("missing_column")

    assert lacking > 200

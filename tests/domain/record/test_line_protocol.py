"""Lines of InfluxDB's line protocol by the grammar of its authors."""

import pytest

from domain.record.faults import RecordError
from domain.record.line_protocol import line_record


@pytest.mark.parametrize(
    ("line", "record"),
    [
        (rb"plc,machine=P\ 1\,x\=y t=1 7", {"measurement": "plc", "machine": "P 1,x=y", "t": 1.0, "time": 7}),
        (rb"a\b,m=12\" t=1 7", {"measurement": r"a\b", "m": r"12\"", "t": 1.0, "time": 7}),
        (rb'plc,m=P t=1,n="a\"b\\c\d\,e" 7', {"measurement": "plc", "m": "P", "t": 1.0, "n": r'a"b\c\d\,e', "time": 7}),
        (b"  plc,m=P1  t=1  7  \r\n", {"measurement": "plc", "m": "P1", "t": 1.0, "time": 7}),
        (b"plc,m=P1 t=1i,u=2u,b=T,c=false -7\n", {
            "measurement": "plc", "m": "P1", "t": 1, "u": 2, "b": True, "c": False, "time": -7,
        }),
        ("plc,m=Größe\u00a0 t=1 7".encode(), {"measurement": "plc", "m": "Größe\u00a0", "t": 1.0, "time": 7}),
    ],
)  # fmt: skip
def test_names_texts_and_numbers(line: bytes, record: dict[str, object]) -> None:
    assert line_record(line) == record


@pytest.mark.parametrize(
    "line",
    [
        b"plc,m=P\t1 t=1 7", b"plc,m=\r2 t=1 7", b"pl\rc,m=P1 t=1 7", b"plc,m=P1 t\x001=1 7", b"plc,m\x7f=P1 t=1 7",
        b"plc,m=P\\\t1 t=1 7", b"plc,m=P1\tt=1 7", b"plc,m=P1 t=1\t7", b"\tplc,m=P1 t=1 7", b"plc,m=P1 t=1 7\t",
    ],
)  # fmt: skip
def test_no_name_has_a_control_character_and_blanks_alone_part_a_line(line: bytes) -> None:
    with pytest.raises(RecordError, match="no line protocol from character"):
        line_record(line)


def test_a_comment_is_no_record() -> None:
    assert line_record(b"  # a comment\n") is None

"""Text of any encoding as UTF-8, however it is cut; what is no text at all."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.record.file_kind import foreign_kind
from domain.record.text_encoding import ENCODINGS, as_utf8, is_wide, utf8_parts

TEXTS = {
    "cp1252": "temp \u00b0C;\u20ac\n", "latin-1": "gepr\u00fcft\r\n", "utf-16": "a;\u00e9\n\U0001f600\n",
    "cp1250": "\u0141\u00f3d\u017a\n", "cp1251": "\u041d\u0430\u0441\u043e\u0441\n", "cp850": "Gr\u00f6\u00dfe\n",
    "shift_jis": "\u6e29\u5ea6;\uff76\n\u8868\n", "gb18030": "\u6e29\u5ea6\n", "euc-kr": "\uc628\ub3c4\n",
    "big5": "\u6eab\u5ea6\n", "euc-jp": "\u6e29\u5ea6\n", "iso-8859-15": "\u20ac\n",
}  # fmt: skip


MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
"""They win over an encoding that is stated."""


def parts(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [part for begin, end in pairwise(places) if (part := data[begin:end])]


@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    st.lists(st.integers(4, 90), max_size=4),
)
def test_a_text_is_the_same_however_it_is_cut(text: str, encoding: str, cuts: list[int]) -> None:
    data = text.encode(encoding)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return

    assert b"".join(utf8_parts(iter(parts(data, cuts)), encoding)) == text.encode()
    assert as_utf8(io.BytesIO(data), encoding).read() == text.encode()


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_that_is_stated_is_read(encoding: str) -> None:
    data = TEXTS[encoding].encode(encoding)

    assert b"".join(utf8_parts(iter([data]), encoding)).decode() == TEXTS[encoding]


@pytest.mark.parametrize("encoding", [one for one in ENCODINGS if not is_wide(one)])
@given(data=st.binary(max_size=40), cuts=st.lists(st.integers(0, 40), max_size=3))
def test_no_line_end_is_lost_and_what_is_no_text_stays_none(encoding: str, data: bytes, cuts: list[int]) -> None:
    whole = b"".join(utf8_parts(iter([b"time\n", data]), encoding))

    assert b"".join(utf8_parts(iter([b"time\n", *parts(data, cuts)]), encoding)) == whole
    assert whole.count(b"\n") == data.count(b"\n") + 1


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "big5", "euc-kr", "euc-jp", "cp1253"])
@given(data=st.binary(min_size=1, max_size=6).filter(lambda data: not data.startswith(MARKS)))
def test_bytes_that_an_encoding_does_not_have_are_no_other_text(encoding: str, data: bytes) -> None:
    found = b"".join(utf8_parts(iter([data]), encoding))

    try:
        expected = data.decode({"shift_jis": "cp932", "big5": "cp950", "euc-kr": "cp949"}.get(encoding, encoding))
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            found.decode()
    else:
        assert found.decode() == expected


@pytest.mark.parametrize("encoding", ["big5", "cp1253", "shift_jis"])
@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_the_mark_of_utf_16_wins_over_an_encoding_that_has_no_such_bytes(encoding: str, mark: bytes) -> None:
    order = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"

    assert b"".join(utf8_parts(iter([mark + "a;\u00e9\n".encode(order)]), encoding)).decode() == "a;\u00e9\n"


def test_the_mark_of_utf_8_wins_too() -> None:
    data = "\ufefftemp \u00b0C\n".encode()

    assert b"".join(utf8_parts(iter([data]), "cp1252")) == data


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_wins_over_what_is_stated(codec: str) -> None:
    data = "\ufefftime;temp\n".encode(codec)

    for stated in ("auto", "utf-8", "cp1252", "utf-16-be"):
        assert b"".join(utf8_parts(iter([data]), stated)) == b"time;temp\n"


def test_bytes_that_the_encoding_does_not_have_spoil_their_line_alone() -> None:
    lines = b"".join(utf8_parts(iter([b"a\n\x81b\nc\n"]), "cp1252")).split(b"\n")

    assert [lines[0], lines[2]] == [b"a", b"c"]
    with pytest.raises(UnicodeDecodeError):
        lines[1].decode()


def test_half_a_character_at_the_end_is_not_lost() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"".join(utf8_parts(iter([b"a\0\n\0b"]), "utf-16-le")).decode()


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


def archive_of(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "time,temp\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (workbook(), "an Excel workbook"),
        (archive_of("a.csv"), "a zip archive"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "an old Office document"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"SQLite format 3\0" + bytes(80), "an SQLite database"),
        (b"Obj\x01\x04\x16avro.schema" + bytes(60), "an Avro file"),
        (b"ORC\x0b\x03" + bytes(60), "an ORC file"),
        (b"TDSm\x0e" + bytes(60), "a TDMS file"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(60), "a picture"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>\n", "a web page"),
        (b"<?xml version='1.0'?>\n<Workbook/>\n", "an XML document"),
        ("time;temp\n".encode("utf-16-le"), "encoding = 'utf-16-le'"),
        ("time;temp\n".encode("utf-16-be"), "encoding = 'utf-16-be'"),
        (bytes(range(1, 256)) * 4, "binary"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, words: str) -> None:
    assert words in (foreign_kind(data, "auto") or "")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"time,temp\n" * 9, b"time,temp\n" + bytes(4000), bytes(300), "temp \u00b0C\n".encode("cp1252"),
        b"BZh,temp\n", b"ORC,TDSm\n", b"TDSm,temp\n", b"<hot,temp\n", "\ufefftime\n".encode("utf-16-le"), b"a\tb\x0c\n",
    ],
)  # fmt: skip
def test_what_may_be_text_is_read_line_by_line(data: bytes) -> None:
    assert foreign_kind(data, "auto") is None


def test_utf_16_that_is_stated_is_no_foreign_kind() -> None:
    assert foreign_kind("time;temp\n".encode("utf-16-le"), "utf-16-le") is None

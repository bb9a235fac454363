"""Text of any encoding as UTF-8, in parts. Bytes that the encoding does not have become bytes that UTF-8 does not have.

A line with such bytes is then `not_utf8`, and its neighbours are read.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, cast

AUTO, UTF_8 = "auto", "utf-8"
_CODECS = {
    "utf-16": "utf-16-le",  # RFC 2781 says big endian without a mark; files of the trade come from Windows
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "latin-1": "latin-1",
    "iso-8859-2": "iso8859-2",
    "iso-8859-15": "iso8859-15",
    **{page: page for page in ("cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp437", "cp850", "cp852", "cp866")},
    # Windows' own pages hold more signs than the standards by whose names they go.
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "gb18030": "gb18030",
    "big5": "cp950",
    "euc-kr": "cp949",
}
ENCODINGS = (AUTO, UTF_8, *_CODECS)
"""What a mapping may say; `auto` is UTF-8, or what the byte order mark says."""
# Longer marks first: that of UTF-32 begins with that of UTF-16. Source: the Unicode Standard, section 23.8.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WIDE_MARKS = tuple(mark for mark, _ in _MARKS)
"""First bytes of a text whose characters take two bytes or more."""
NOT_LEGAL = b"\xff"
"""A byte that no text in UTF-8 has."""
_BLOCK = 1 << 16
_NO_TEXT = "assay.no_text"


def _no_text(error: UnicodeError) -> tuple[str | bytes, int]:
    """Each byte that the encoding does not have, as one that stays illegal beside any other."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.start + 1
    raise error


codecs.register_error(_NO_TEXT, _no_text)


def codec_of(encoding: str, head: bytes) -> str:
    """Python's name of the encoding of a file that begins with `head`; a byte order mark wins over what is stated."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    return UTF_8 if head.startswith(codecs.BOM_UTF8) else _CODECS.get(encoding, UTF_8)


def is_wide(encoding: str) -> bool:
    """Whether characters of a stated encoding take two bytes or more, so that no byte is a line's end by itself."""
    return encoding.startswith("utf-16")


def utf8_parts(parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The parts of a text as UTF-8, none empty, without byte order mark where it was another encoding.

    Args:
        parts: The bytes of the file from its beginning; none empty.
        encoding: One of `ENCODINGS`.
    """
    first = next(parts, b"")
    codec = codec_of(encoding, first)
    if codec == UTF_8:
        if first:
            yield first
        yield from parts
        return
    mark = next((mark for mark, _ in _MARKS if first.startswith(mark)), b"")
    is_unicode = codec.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(codec)("surrogatepass" if is_unicode else _NO_TEXT)
    errors = "surrogatepass" if is_unicode else "surrogateescape"
    for part in _one_and_all(first[len(mark) :], parts):
        if text := decoder.decode(part).encode(UTF_8, errors):
            yield text
    if decoder.getstate()[0]:  # half a character is left over
        yield NOT_LEGAL


def _one_and_all(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def as_utf8(file: BinaryIO, encoding: str) -> BinaryIO:
    """A file's text as UTF-8; the file itself where it is that already."""
    head = some_bytes(file, _BLOCK)
    if codec_of(encoding, head) == UTF_8:
        file.seek(0)
        return file
    return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", _Parts(utf8_parts(_blocks(head, file), encoding)))))


def _blocks(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    while head:
        yield head
        head = some_bytes(file, _BLOCK)


def some_bytes(file: BinaryIO, most: int) -> bytes:
    """The next bytes of a file, as far as they can be read at once: a stream that breaks off behind them gives them."""
    return cast("io.BufferedIOBase", file).read1(most)


class _Parts(io.RawIOBase):
    """Parts of bytes as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any writable buffer
        self._rest = self._rest or next(self._parts, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

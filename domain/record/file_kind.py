"""What a file is that no reader of text can read: by its first bytes, and what to do with it.

Sources: the formats' own signatures (PKWARE APPNOTE 4.3.7, MS-CFB 2.2, PDF 7.5.2, HDF5, 7-Zip, xz, bzip2, SQLite,
Apache ORC, Avro and Arrow, TDMS, MATLAB 5, LZ4 frame, Snappy frame, PNG 5.2, JFIF).
"""

from __future__ import annotations

from codecs import BOM_UTF8

from domain.record.text_encoding import codec_of

HEAD = 4096
"""Bytes that are looked at."""
_EXPORT = "export it as CSV, or map it by a format that reads it"
_UNPACK = "unpack it before it lands"
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as an Excel workbook (.xls)", _EXPORT),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", _EXPORT),
    (b"SQLite format 3\0", "an SQLite database", _EXPORT),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x1f\x9d", "a compress archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", _UNPACK),
    (b"\xff\x06\x00\x00sNaPpY", "a Snappy archive", _UNPACK),
    (b"Obj\x01", "an Avro file", _EXPORT),
    (b"ARROW1\0\0", "an Arrow (Feather) file", _EXPORT),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", _EXPORT),
    (b"ORC", "an ORC file", _EXPORT),
    (b"TDSm", "a TDMS file of LabVIEW", _EXPORT),
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)", _EXPORT),
    (b"\xff\xd8\xff", "a picture (JPEG)", _EXPORT),
)
_WORDS = (b"ORC", b"TDSm")
"""Signatures with which a text may begin as well: a zero byte is then somewhere behind them."""
_PACKED_WORD = b"BZh"
_MARKUP = ((b"<!doctype html", "a web page (HTML)"), (b"<html", "a web page (HTML)"), (b"<?xml", "an XML document"))
"""How documents begin that are text, but no records; upper and lower case alike."""
# Characters that text never has: all below the blank but tab, line feed, vertical tab, form feed, return, escape.
_CONTROLS = b"\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1c\x1d\x1e\x1f"
_MOST_CONTROLS = 0.05
_FEWEST = 4


def foreign_kind(head: bytes, encoding: str) -> str | None:
    """What the file is and what to do with it, as a sentence; None where it may be text.

    Args:
        head: The first bytes of the file, decompressed; `HEAD` of them are enough.
        encoding: What the mapping says, one of `text_encoding.ENCODINGS`.
    """
    head = head[:HEAD]
    if head.startswith(b"PK\x03\x04") and any(mark in head for mark in (b"xl/", b"[Content_Types].xml")):
        return f"the content is an Excel workbook (.xlsx, a zip archive): {_EXPORT}"
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature) and _is_meant(signature, head):
            return f"the content is {what}: {remedy}"
    begin = head.removeprefix(BOM_UTF8).lstrip()[:32].lower()
    for mark, what in _MARKUP:
        if begin.startswith(mark):
            return f"the content is {what}: {_EXPORT}"
    if head[257:262] == b"ustar":
        return f"the content is a tar archive: {_UNPACK}"
    return None if codec_of(encoding, head).startswith(("utf-16", "utf-32")) else _unlike(head)


def _is_meant(signature: bytes, head: bytes) -> bool:
    """Whether the first bytes are a signature, and no word of a text."""
    if signature == _PACKED_WORD:
        return b"1AY&SY" in head[:16]
    return signature not in _WORDS or b"\0" in head


def _unlike(head: bytes) -> str | None:
    """What bytes without a signature are that are unlike text of one byte a character."""
    begin = head[: 2 * (len(head) // 2)][:512]
    if len(begin) >= _FEWEST:
        for zeros, others, name in ((begin[1::2], begin[::2], "le"), (begin[::2], begin[1::2], "be")):
            if zeros.count(0) > 0.6 * len(zeros) and others.count(0) < 0.1 * len(others):
                return f"the content is UTF-16 without byte order mark: state encoding = 'utf-16-{name}' in the mapping"
    if sum(map(head.count, (bytes([one]) for one in _CONTROLS))) > max(_MOST_CONTROLS * len(head), _FEWEST):
        return f"the content is binary, no text: {_EXPORT}"
    return None

"""The bytes at the beginning of a file as a table, or why they are none. Pure."""

from bronze import magic
from jobs.plant.draft.csv_table import csv_table
from jobs.plant.draft.json_table import json_table
from jobs.plant.draft.table import NoTable, Table

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = ((b"PK\x03\x04", "a workbook or zip archive"), (magic.PARQUET, "Parquet"))


def table_of(head: bytes, *, is_whole: bool) -> Table | NoTable:
    """The table at the beginning of a file.

    Args:
        head: Its first bytes, decompressed.
        is_whole: Whether these are all; else the last line may be cut and is left out.
    """
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return NoTable(f"it is {what}; only text files are drafted")
    text, encoding = _decoded(head)
    if "\0" in text:
        return NoTable("it is a binary file")
    if text.lstrip(" \t\r\n\x1e").startswith(("{", "[")):
        return json_table(text, encoding, is_whole=is_whole)
    lines = text.splitlines() if is_whole else text.splitlines()[:-1]
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    lines = [lines[number] for number in numbers]
    if not lines:
        return NoTable("it holds no line")
    return csv_table(lines, numbers, encoding)


def _decoded(head: bytes) -> tuple[str, str]:
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return head.decode(codec, errors="replace"), "auto" if codec == "utf-16" else "utf-8"
    text = head.decode("utf-8", errors="replace")
    # The last character may be cut.
    if "\ufffd" in text[:-1]:
        return head.decode("cp1252", errors="replace"), "cp1252"
    return text, "utf-8"

"""Cells of a sheet that the reader of workbooks gives as blank, which they are not.

These are errors, such as #N/A, and formulas that were stored without a value: a program that writes workbooks does not
count, so the value is there only once Excel has saved it. An empty text is a value (type `str`).

Source: ECMA-376 part 1, 18.3.1.4 (cell), 18.3.1.40 (formula), 18.18.11 (types `e` and `str`).
"""

import io
import posixpath
import re
import zipfile
from typing import BinaryIO
from xml.etree import ElementTree as Xml

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINK = re.compile(r"\{.*\}id\Z")
_TYPE = re.compile(rb"t\s*=\s*[\"']e[\"']|\0")  # with zeros it is UTF-16
_NOT_COUNTED = re.compile(rb"(?:<(?:\w+:)?f\b[^>]*/>|</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*></|</)")
"""Where a formula has no value behind it."""
_NAME = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def error_cells(book: BinaryIO, sheet: str) -> dict[tuple[int, int], str]:
    """Row and column, from 0, of each error in a sheet, and of each formula without a value -> how it is shown.

    Raises:
        KeyError: The workbook has no such sheet.
        ValueError: A cell's name is none.
        SyntaxError: A part of the workbook is no XML.
    """
    with zipfile.ZipFile(book) as archive:
        content = archive.read(_part(archive, sheet))
    return _errors(io.BytesIO(content)) if _TYPE.search(content) or _NOT_COUNTED.search(content) else {}


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The member that holds the sheet."""
    links = {
        link.get("Id", ""): link.get("Target", "")
        for link in Xml.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  expat limits entities
    }
    for found in Xml.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314  expat limits entities
        if found.tag in (f"{_MAIN}sheet", f"{_STRICT}sheet") and found.get("name") == sheet:
            link = next(value for key, value in found.attrib.items() if _LINK.search(key))
            target = links[link]
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(sheet)


def _errors(stream: BinaryIO) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    row, column = -1, -1
    for event, element in Xml.iterparse(stream, ("start", "end")):  # noqa: S314  expat limits entities
        kind = element.tag.rpartition("}")[2]
        if event == "start" and kind == "row":
            row, column = (int(element.get("r", row + 2)) - 1), -1
        elif event == "end" and kind == "c":
            row, column = _place(element.get("r"), row, column)
            if (shown := _shown(element)) is not None:
                found[row, column] = shown
        elif event == "end" and kind == "row":
            element.clear()
    return found


def _shown(cell: Xml.Element) -> str | None:
    """An error, or a formula without a value, as a text; None of any other cell."""
    parts = {part.tag.rpartition("}")[2]: part.text or "" for part in cell}
    if cell.get("t") == "e":
        return parts.get("v", "")
    if "f" in parts and not parts.get("v") and cell.get("t") != "str":
        return f"={parts['f']} (no value is stored: open and save it in a spreadsheet program)"
    return None


def _place(name: str | None, row: int, column: int) -> tuple[int, int]:
    """Where a cell is; one without a name is right of the last."""
    if name is None:
        return row, column + 1
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"got the cell {name!r}; legal: such as A1")
    place = 0
    for letter in found[1]:
        place = 26 * place + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, place - 1

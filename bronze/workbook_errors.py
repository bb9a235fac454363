"""Cells of a sheet that hold an error, such as #N/A: the reader of workbooks gives them as blank, which they are not.

Source: ECMA-376 part 1, 18.3.1.4 (cell), 18.18.11 (type `e`).
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
_NAME = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def error_cells(book: BinaryIO, sheet: str) -> dict[tuple[int, int], str]:
    """Row and column, from 0, of each error in a sheet -> how it is shown.

    Raises:
        KeyError: The workbook has no such sheet.
        ValueError: A cell's name is none.
        SyntaxError: A part of the workbook is no XML.
    """
    with zipfile.ZipFile(book) as archive:
        content = archive.read(_part(archive, sheet))
    return _errors(io.BytesIO(content)) if _TYPE.search(content) else {}


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
            if element.get("t") == "e":
                found[row, column] = next((part.text or "" for part in element if part.tag.endswith("}v")), "")
        elif event == "end" and kind == "row":
            element.clear()
    return found


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

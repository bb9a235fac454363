"""A workbook (.xlsx) written cell by cell as ECMA-376 says, without the reader that is tested."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
DATE, CLOCK, STAMP, ELAPSED = 1, 2, 3, 4
"""Styles of numbers: a day, a time of day, both, hours that may be more than 24."""


@dataclass(frozen=True)
class Cell:
    """A cell as it is stored: the text of its value, its type (`n`, `b`, `e`, `str`), its style, a formula."""

    value: str
    kind: str = "n"
    style: int = 0
    formula: str = ""


Value = Cell | str | float | bool | None


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Value]]], *, is_1904: bool = False, hidden: Sequence[str] = (),
    merged: Mapping[str, str] = {}, first_row: int = 1,
) -> bytes:  # fmt: skip
    """The bytes of a workbook: name of each sheet -> its rows. `merged`: sheet -> a range such as ``A1:B1``."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(sheets, is_1904, hidden, merged, first_row).items():
            archive.writestr(zipfile.ZipInfo(name), _HEAD + text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _parts(
    sheets: Mapping[str, Sequence[Sequence[Value]]], is_1904: bool, hidden: Sequence[str], merged: Mapping[str, str],
    first_row: int,
) -> dict[str, str]:  # fmt: skip
    listed, links, types = "", "", ""
    parts: dict[str, str] = {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{state}/>'
        links += f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        types += (
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows, merged.get(name, ""), first_row)
    book = f'<workbookPr date1904="{int(is_1904)}"/><sheets>{listed}</sheets>'
    links += f'<Relationship Id="rIdS" Type="{_DOCUMENT}/styles" Target="styles.xml"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_DOCUMENT}">{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": _styles(),
    } | parts


def _styles() -> str:
    formats = "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"/>' for number in (0, 14, 21, 22, 46))
    return f'<styleSheet {_MAIN}><cellXfs count="5">{formats}</cellXfs></styleSheet>'


def _sheet(rows: Sequence[Sequence[Value]], merged: str, first_row: int) -> str:
    body = "".join(
        f'<row r="{number}">'
        + "".join(_cell(value, f"{_letter(at)}{number}") for at, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, first_row)
    )
    spans = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f"<worksheet {_MAIN}><sheetData>{body}</sheetData>{spans}</worksheet>"


def _letter(place: int) -> str:
    return chr(ord("A") + place)


def _cell(value: Value, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        value = Cell(str(int(value)), "b")
    if not isinstance(value, Cell):
        value = Cell(repr(value))
    formula = f"<f>{escape(value.formula)}</f>" if value.formula else ""
    return f'<c r="{name}" t="{value.kind}" s="{value.style}">{formula}<v>{escape(value.value)}</v></c>'

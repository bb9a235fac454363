"""The sheets of a workbook (.xlsx) as text: CSV in UTF-8, a line for each row, so that line numbers are row numbers.

Numbers are written so that they read back to the bit, whole ones without a fraction; dates as ISO 8601 without a zone,
to the millisecond, whichever day the workbook counts from; booleans as `true` and `false`; errors as they are shown,
`#N/A`. A formula is its stored value. Of merged cells the first holds the value. A line break in a cell is a blank.

Source: ECMA-376 part 1, 18.3.1 (cells), 18.17.4 (dates).
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from bronze.workbook_errors import error_cells

_Cell = int | float | str | bool | time | date | datetime | timedelta
_BREAKS = str.maketrans({"\r": None, "\n": " "})
_EXACT = 2**53
_SPECIAL = frozenset('",')
_MIDNIGHT = time()
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
"""Of a sheet, as Excel has them."""


class WorkbookError(Exception):
    """A workbook or a sheet that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, its place from 1 among all sheets, whether it is hidden."""

    name: str
    number: int
    is_hidden: bool


class Workbook:
    """An open workbook.

    Raises:
        WorkbookError: It cannot be opened.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._book: CalamineWorkbook = load_workbook(io.BytesIO(content))
        except (CalamineError, OSError, ValueError) as exc:
            raise WorkbookError(f"the workbook cannot be opened ({exc}); save it again as .xlsx") from exc

    def sheets(self) -> list[Sheet]:
        """Its sheets of cells, in order; sheets of a chart or a macro are none."""
        return [
            Sheet(found.name, number, found.visible != SheetVisibleEnum.Visible)
            for number, found in enumerate(self._book.sheets_metadata, 1)
            if found.typ == SheetTypeEnum.WorkSheet
        ]

    def text(self, sheet: Sheet) -> bytes:
        """The rows of a sheet as CSV.

        Raises:
            WorkbookError: The sheet cannot be read.
        """
        try:
            rows = self._book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            errors = error_cells(io.BytesIO(self._content), sheet.name)
        except (CalamineError, zipfile.BadZipFile, OSError, ValueError, LookupError, SyntaxError) as exc:
            raise WorkbookError(f"sheet {sheet.name!r} cannot be read ({exc}); save the workbook again") from exc
        for (row, column), shown in errors.items():
            if row < MOST_ROWS and column < MOST_COLUMNS:
                rows += [[] for _ in range(row + 1 - len(rows))]
                rows[row] += [""] * (column + 1 - len(rows[row]))
                rows[row][column] = shown
        return _csv(rows)


def _csv(rows: Sequence[Sequence[_Cell]]) -> bytes:
    clocks = _columns_with_clock(rows)
    lines = [_line(_text(cell, has_clock=place in clocks) for place, cell in enumerate(row)) for row in rows]
    return "".join(lines).encode("utf-8", errors="replace")


def _columns_with_clock(rows: Sequence[Sequence[_Cell]]) -> frozenset[int]:
    """Columns with a date and a clock in some cell: a date there is a midnight. In others it is a day."""
    return frozenset(place for row in rows for place, cell in enumerate(row) if isinstance(cell, datetime))


def _line(fields: Iterable[str]) -> str:
    texts = list(fields)
    if not any(texts):
        return "\n"
    return ",".join(_quoted(text) for text in texts) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not _SPECIAL.isdisjoint(text) else text


def _text(cell: _Cell, *, has_clock: bool) -> str:
    if isinstance(cell, str):
        return cell.translate(_BREAKS)
    if isinstance(cell, (bool, int, float)):
        return _number(cell)
    if isinstance(cell, timedelta):
        return _elapsed(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return f"{cell.isoformat()} {_MIDNIGHT}" if has_clock and isinstance(cell, date) else cell.isoformat()


def _number(cell: float) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(int(cell)) if abs(cell) < _EXACT and cell == int(cell) else repr(cell)


def _elapsed(cell: timedelta) -> str:
    """Hours, minutes and seconds of a length of time: `30:15:00`."""
    micros = cell // timedelta(microseconds=1)
    seconds, fraction = divmod(abs(micros), 1_000_000)
    sign = "-" if micros < 0 else ""
    rest = f".{fraction:06}".rstrip("0") if fraction else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{rest}"

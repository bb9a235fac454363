"""Tables of texts as lines for a terminal."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from calculators.shown import Shown

WIDEST_TEXT, WIDEST_NUMBER = 46, 22
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?( %)?")
_GAP = "  "


def lines_of(table: Shown) -> Iterator[str]:
    """The table's title, its headings and its rows; numbers to the right, long texts in several lines."""
    is_text = _is_text(table)
    widest = [WIDEST_TEXT if each else WIDEST_NUMBER for each in is_text]
    cells = [
        [_wrapped(cell, widest=most) for cell, most in zip(row, widest, strict=True)]
        for row in (table.heads, *table.rows)
    ]
    widths = [max(len(line) for row in cells for line in row[place]) for place in range(len(table.heads))]
    yield ""
    yield table.title
    for number, row in enumerate(cells):
        yield from _row(row, widths, is_text=is_text)
        if number == 0:
            yield _GAP.join("-" * width for width in widths)


def _row(row: Sequence[list[str]], widths: Sequence[int], *, is_text: Sequence[bool]) -> Iterator[str]:
    for place in range(max(map(len, row))):
        line = [cell[place] if place < len(cell) else "" for cell in row]
        padded = (
            text.ljust(width) if left else text.rjust(width)
            for text, width, left in zip(line, widths, is_text, strict=True)
        )
        yield _GAP.join(padded).rstrip()


def _is_text(table: Shown) -> list[bool]:
    """Whether a column is one of texts: the first one, and those of which less than half is numbers."""
    columns = [[cell for cell in column if cell] for column in zip(*table.rows, strict=True)]
    return [
        place == 0 or 2 * sum(_NUMBER.fullmatch(cell) is not None for cell in column) < len(column)
        for place, column in enumerate(columns)
    ]


def _wrapped(text: str, *, widest: int) -> list[str]:
    return textwrap.wrap(text, widest) or [""]

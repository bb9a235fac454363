"""Tables for narrow screens: each cell bears the heading of its column, so that a style may stack the cells."""

import re

_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?(?=<tr\b|</tbody>|</thead>|</table>)", re.DOTALL)
_HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_CELL = re.compile(r"<td\b")
_TAG = re.compile(r"<[^>]*>")


def with_labels(page: str) -> str:
    """The page with `data-label` in each cell of its tables: the heading above it, without its markup.

    Args:
        page: HTML of ours: tables do not nest, the first row of each holds the headings, and text is escaped.
    """
    return _TABLE.sub(lambda table: _labelled(table[0]), page)


def _labelled(table: str) -> str:
    first = _ROW.search(table)
    labels = [
        _TAG.sub("", heading).strip().replace('"', "&quot;") for heading in _HEADING.findall(first[0] if first else "")
    ]
    return _ROW.sub(lambda row: _labelled_row(row[0], labels), table)


def _labelled_row(row: str, labels: list[str]) -> str:
    left = iter(labels)
    return _CELL.sub(lambda cell: f'{cell[0]} data-label="{next(left, "")}"', row)

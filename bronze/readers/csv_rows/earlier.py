"""What a part of a CSV file that was read before says of the part behind it: the columns of its last header."""

from collections.abc import Iterator
from typing import BinaryIO

from bronze.readers.csv_rows.header import Headers, lines_before
from bronze.readers.plan import read_plan
from bronze.readers.text.lines import Block, with_newlines
from domain.record.csv_layout import CsvLayout
from domain.record.text_encoding import utf8_parts
from expectations.mapping.lines_above import fitting_lines
from expectations.mapping.mapping import Mapping

BLOCK = 2 << 20  # the first header lies within the first block of a reader
_MOST_ABOVE = 1_000  # different lines that say something of the records below them
_BELOW = 1 << 16  # bytes below a header that may be no records, such as a row of units


def earlier_headers(stream: BinaryIO, size: int, mapping: Mapping) -> bytes:
    """The first lines of a file in UTF-8, and its last header where that is behind them: `read_records(header=...)`.

    Args:
        stream: The file at its beginning.
        size: Bytes that were read before; they end with a whole line.
        mapping: What the file's columns mean.
    """
    plan = read_plan(mapping)
    headers = Headers(plan, CsvLayout(mapping.csv, mapping.delimiter, plan.known))
    first, last, left, above = b"", b"", b"", dict[bytes, None]()
    fields = headers.given().fields
    for part in utf8_parts(_blocks(stream, size), mapping.encoding):
        data = left + part
        end = data.rfind(b"\n") + 1
        left = data[end:]
        is_first, first = not first, first or data[:end]
        for record, names in headers.again(Block(data[:end], 1, 0), fields):
            fields = names.fields
            if is_first:
                continue
            below = data[record.start : min(end, record.end + _BELOW)]
            last = lines_before(data[: record.start]) if mapping.above else b""
            last += below[: below.rfind(b"\n") + 1]
        if not is_first and len(above) < _MOST_ABOVE:
            above |= dict.fromkeys(fitting_lines(mapping, with_newlines(data[:end])))
    return (first or left) + b"".join(above) + last


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (data := stream.read(min(BLOCK, size))):
        size -= len(data)
        yield data

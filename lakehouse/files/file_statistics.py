"""What Delta's log says of a Parquet file, so that readers may leave it alone: taken from the file's footer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

_MILLISECOND = timedelta(milliseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FileStatistics:
    """Rows of a file, and of some columns the least and the largest value and how many are null."""

    rows: int
    least: dict[str, Any] = field(default_factory=dict)
    largest: dict[str, Any] = field(default_factory=dict)
    nulls: dict[str, int] = field(default_factory=dict)

    def of(self, columns: Sequence[str]) -> "FileStatistics":
        """The same of some of the columns."""
        least, largest, nulls = (
            {name: values[name] for name in columns if name in values}
            for values in (self.least, self.largest, self.nulls)
        )
        return FileStatistics(self.rows, least, largest, nulls)

    def as_json(self) -> str:
        """As the Delta log has them."""
        return json.dumps(
            {"numRecords": self.rows, "minValues": self.least, "maxValues": self.largest, "nullCount": self.nulls}
        )


def statistics(folder: Storage, key: Key, columns: Sequence[str]) -> FileStatistics:
    """Those of a Parquet file, complete: readers take a column without them for one that holds nothing they seek.

    Args:
        folder: Where the file is.
        key: The file.
        columns: Columns of its table; one that the file lacks is null in all its rows.
    """
    found = pq.read_metadata(key, filesystem=folder.arrow())
    positions = {found.schema.column(index).path: index for index in range(found.num_columns)}
    found_statistics = FileStatistics(found.num_rows)
    for name in columns:
        least, largest, nulls = None, None, found.num_rows
        if name in positions:
            least, largest, nulls = _of_footer(found, positions[name]) or _of_values(folder, key, name)
        found_statistics.nulls[name] = nulls
        if least is not None:
            found_statistics.least[name], found_statistics.largest[name] = _down(least), _up(largest)
    return found_statistics


def _of_footer(found: "pq.FileMetaData", position: int) -> tuple[Any, Any, int] | None:
    """Least, largest, nulls; None where the footer does not say them of every row group."""
    groups = [found.row_group(number).column(position) for number in range(found.num_row_groups)]
    known = [group.statistics for group in groups]
    if any(one is None or not one.has_null_count for one in known):
        return None
    filled = [one for one, group in zip(known, groups, strict=True) if one.null_count < group.num_values]
    if any(not one.has_min_max for one in filled):
        return None
    nulls = sum(one.null_count for one in known)
    if not filled:
        return None, None, nulls
    return min(one.min for one in filled), max(one.max for one in filled), nulls


def _of_values(folder: Storage, key: Key, name: str) -> tuple[Any, Any, int]:
    """The same from the column itself."""
    values = pq.read_table(key, columns=[name], partitioning=None, filesystem=folder.arrow()).column(name)
    ends = pc.min_max(values).as_py()
    return ends["min"], ends["max"], values.null_count


def _down(value: Any) -> Any:
    """Times to the millisecond that the log keeps, never above the value."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _up(value: Any) -> Any:
    """Never below the value, as far as the calendar goes."""
    if isinstance(value, datetime) and value.microsecond % 1000 and value <= _LATEST - _MILLISECOND:
        return _down(value + _MILLISECOND)
    return _down(value)

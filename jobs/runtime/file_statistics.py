"""What Delta's log says of a Parquet file, so that readers may leave it alone: taken from the file's footer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class FileStatistics:
    """Rows of a file, and of some columns the least and the largest value and how many are null."""

    rows: int
    least: dict[str, Any] = field(default_factory=dict)
    largest: dict[str, Any] = field(default_factory=dict)
    nulls: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """As the Delta log has them."""
        return json.dumps(
            {"numRecords": self.rows, "minValues": self.least, "maxValues": self.largest, "nullCount": self.nulls}
        )


def statistics(path: Path, columns: Sequence[str]) -> FileStatistics:
    """Those of a Parquet file; a column of which the file says nothing is left out."""
    import pyarrow.parquet as pq

    found = pq.read_metadata(path)
    positions = {found.schema.column(index).path: index for index in range(found.num_columns)}
    told = FileStatistics(found.num_rows)
    for name in columns:
        if name not in positions:
            continue
        groups = [found.row_group(group).column(positions[name]).statistics for group in range(found.num_row_groups)]
        if groups and all(group is not None and group.has_min_max for group in groups):
            told.least[name] = _down(min(group.min for group in groups))
            told.largest[name] = _up(max(group.max for group in groups))
            told.nulls[name] = sum(group.null_count for group in groups)
    return told


def _down(value: Any) -> Any:
    """Times to the millisecond that the log keeps, never above the value."""
    if isinstance(value, datetime):
        return _text(value)
    return value.isoformat() if isinstance(value, date) else value


def _up(value: Any) -> Any:
    """Never below the value."""
    return _text(value + _MILLISECOND) if isinstance(value, datetime) and value.microsecond % 1000 else _down(value)


def _text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"

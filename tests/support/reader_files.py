"""Small mappings and files for the tests of the readers."""

import io
import json
from collections.abc import Iterator
from typing import Any

from bronze.readers import ReadBatch, read_records
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping

READING = {
    "timestamp": "2026-01-31T08:15:30.250Z",
    "sensor_id": "S1",
    "machine_id": "M1",
    "factory_id": "F1",
    "metric_type": "temperature",
    "value": 71.5,
    "unit": "C",
    "gateway_id": "G1",
    "sequence": 7,
}
COLUMNS = {
    "sensor_id": "sensor_id",
    "machine_id": "machine_id",
    "factory_id": "factory_id",
    "metric": "metric_type",
    "value": "value",
    "unit": "unit",
    "gateway_id": "gateway_id",
    "sequence": "sequence",
}
NOTES = {
    "feed": "maintenance",
    "format": "csv",
    "time": {"column": "at", "kind": "local", "zone": "UTC"},
    "columns": {"machine_id": "machine", "code": "kind", "detail": "note"},
    "constants": {"factory_id": "F1"},
}
"""Of a mapping of maintenance, as people write it down: a note a row, in CSV."""


def long_mapping(**changes: Any) -> Mapping:
    """Readings as a gateway sends them, JSON Lines unless changed."""
    data = {"feed": "readings", "files": ["*"], "time": {"column": "timestamp"}, "columns": COLUMNS}
    return parse_mapping(data | changes, "readings")


def wide_mapping(**changes: Any) -> Mapping:
    """A row a minute with two metrics, CSV unless changed."""
    data = {
        "feed": "readings",
        "files": ["*"],
        "format": "csv",
        "shape": "wide_by_metric",
        "missing": ["-1", "n/a"],
        "time": {"column": "at"},
        "columns": {"sensor_id": "sensor"},
        "constants": {"factory_id": "F1"},
        "machine_of": {"a": "M1", "b": "M2"},
        "metrics": {
            "temp": {"metric": "temperature", "unit": "C", "divisor": 10},
            "speed": {"metric": "rotation", "unit": "rpm"},
        },
    }
    return parse_mapping(data | changes, "wide")


def reading(**changes: Any) -> dict[str, Any]:
    """A reading as a gateway sends it; a change to `...` leaves the field out."""
    return {name: value for name, value in (READING | changes).items() if value is not ...}


def line(**changes: Any) -> bytes:
    """A reading as a line of JSON, without its end."""
    return json.dumps(reading(**changes)).encode()


def batches(content: bytes, mapping: Mapping, **options: Any) -> Iterator[ReadBatch]:
    """The batches of a file, each checked: every record is a row, a blank or rejected."""
    for batch in read_records(io.BytesIO(content), mapping, **options):
        assert batch.records == batch.rows.num_rows + batch.blank + sum(batch.rejected["record_count"].to_pylist())
        batch.rows.validate(full=True)
        batch.rejected.validate(full=True)
        yield batch


class Read:
    """All that a file gave."""

    def __init__(self, content: bytes, mapping: Mapping, **options: Any) -> None:
        parts = list(batches(content, mapping, **options))
        self.rows = [row for part in parts for row in part.rows.to_pylist()]
        self.rejected = [entry for part in parts for entry in part.rejected.to_pylist()]
        self.records = sum(part.records for part in parts)
        self.blank = sum(part.blank for part in parts)

    @property
    def reasons(self) -> list[str]:
        """Reasons of the rejected entries, in order."""
        return [entry["reason"] for entry in self.rejected]

    @property
    def all(self) -> tuple[object, ...]:
        """Everything, to compare two readings of a file."""
        return self.rows, self.rejected, self.records, self.blank

"""A factory's readings and events as its gateway would have recorded them: files in the lakehouse's own columns."""

import gzip
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from lakehouse.errors import UsageError
from lakehouse.plant import Plant

FEED_OF_KIND = {"maintenance": "maintenance", "failure": "failures", "error": "errors"}
_READING = ("measured_at", "sensor_id", "machine_id", "factory_id", "metric", "value", "unit")
_EVENT = ("occurred_at", "machine_id", "factory_id", "code")


def record(plant: Plant, factory_id: str, folder: Path) -> list[Path]:
    """Write the factory's readings and events as silver holds them, in order of time; the files.

    Raises:
        UsageError: Silver holds no reading of that factory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    of_factory = pc.field("factory_id") == factory_id
    readings = plant.lake.arrow(plant.tables["silver.readings"], list(_READING), of_factory)
    if not readings.num_rows:
        raise UsageError(f"silver holds no reading of factory {factory_id!r}; run the pipeline, or name another")
    ordered = readings.sort_by([("measured_at", "ascending"), ("sensor_id", "ascending"), ("metric", "ascending")])
    written = [_write(folder / "readings.own.jsonl.gz", ordered.to_pylist())]
    events = plant.lake.arrow(plant.tables["silver.machine_events"], ["kind", *_EVENT], of_factory)
    ordered = events.sort_by([(name, "ascending") for name in ("occurred_at", "machine_id", "code")])
    for kind, feed in FEED_OF_KIND.items():
        rows = [{name: row[name] for name in _EVENT} for row in ordered.to_pylist() if row["kind"] == kind]
        written.append(_write(folder / f"{feed}.own.jsonl.gz", rows))
    return written


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    with gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as out:
        for row in rows:
            out.write(json.dumps({name: _text(value) for name, value in row.items()}).encode() + b"\n")
    return path


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

"""Input in the lakehouse's own columns: what stdin speaks, and files named ``<feed>*.own.jsonl``, plain or gzip."""

from __future__ import annotations

import re

from edge_bundle.format.pipeline import FEEDS, Source, TimeRule

_NAME = re.compile(rf"({'|'.join(FEEDS)})\b.*\.own\.jsonl(\.gz)?")
_COLUMNS = (
    "sensor_id",
    "machine_id",
    "factory_id",
    "metric",
    "value",
    "unit",
    "code",
    "machine_model",
    "attributes",
)
_TIMES = {"readings": "measured_at", "machines": "valid_from"}


def own_source_of(name: str) -> Source | None:
    """The source of a file by its name; None where the name does not say that it has our own columns."""
    match = _NAME.fullmatch(name)
    return own_source(match[1]) if match else None


def own_source(feed: str) -> Source:
    """The source whose columns are the feed's own, times ISO 8601 with a zone."""
    columns = {name: name for name in _COLUMNS}
    return Source(name=f"own {feed}", feed=feed, time=TimeRule(_TIMES.get(feed, "occurred_at")), columns=columns)

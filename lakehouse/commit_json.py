"""The JSON of commit metadata, and the keys that older versions wrote."""

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from edge_bundle.format.typed_walk import Leaf, Rules, decode, encode
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import CommitMetadataError


class _FaultError(ValueError):
    """Metadata does not spell the dataclass; the message names the place, what it holds and what is legal."""


# Newer code may write more keys than this one knows.
_RULES = Rules(
    _FaultError,
    got=repr,
    passes_unknown=True,
    leaves={
        float: Leaf((float, int), lambda number: number, "float"),
        date: Leaf((str,), date.fromisoformat, "an ISO 8601 date"),
        datetime: Leaf((str,), datetime.fromisoformat, "an ISO 8601 datetime"),
    },
    written=((date, lambda time: time.isoformat()),),
)
# Older versions had a key for each source: key -> table whose version it is.
_VERSIONS = {
    "readings_version": "silver.readings",
    "buckets_version": "silver.buckets",
    "machine_daily_version": "gold.machine_daily",
    "features_version": "gold.machine_features",
}
_SCORED = {"features": "gold.machine_features", "edge": "bronze.edge_scores"}

_REMEMBERED = 256  # the newest commits of a plant's tables, which a run asks several times


def to_text(metadata: CommitMetadata) -> str:
    """The JSON that is stored in the log."""
    return json.dumps(encode(metadata, _RULES), sort_keys=True)


@lru_cache(maxsize=_REMEMBERED)
def from_text(text: str | None, where: str) -> CommitMetadata:
    """What a commit says, to be read only; nothing where its text is no JSON object, as other software may write.

    Raises:
        CommitMetadataError: A key of ours holds a value of another type.
    """
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return CommitMetadata()
    if not isinstance(document, dict):
        return CommitMetadata()
    try:
        return decode(CommitMetadata, _today(document), "metadata", _RULES)
    except _FaultError as exc:
        raise CommitMetadataError(
            f"{where}: {exc}; the file is damaged or other software wrote it: restore it from a backup"
        ) from exc


def _today(old: dict[str, Any]) -> dict[str, Any]:
    """The document with keys of older versions under the names of today."""
    new = {key: value for key, value in old.items() if value is not None}
    groups: dict[str, dict[str, Any] | None] = {
        "audit": _group(old, "verdict", verdict="verdict", suite="suite", code="code"),
        "counts": _group(old, "accepted", accepted="accepted", duplicate="duplicate", quarantined="quarantined"),
        "limits": _group(old, "models", models="models", metrics="limits"),
        "grid": _group(old, "closed_until", closed_until="closed_until", newest="newest_grid_time"),
        "conventions": old.get("terms"),
        "scoring": _group(old.get("scored") or {}, "features", bundle="bundle"),
        "labels": _group(old.get("sources") or {}, "rules", records_end="records_end", rules="rules"),
    }
    new |= {name: group for name, group in groups.items() if group is not None}
    new["built_from"] = {**_old_versions(old), **(old.get("built_from") or {})}
    return new


def _group(old: dict[str, Any], sign: str, **names: str) -> dict[str, Any] | None:
    """The group that older versions wrote as keys beside each other; None where the key `sign` is not there."""
    if sign not in old:
        return None
    return {name: old[key] for name, key in names.items() if key in old}


def _old_versions(old: dict[str, Any]) -> dict[str, int]:
    scored, sources = old.get("scored") or {}, old.get("sources") or {}
    found = [
        *((table, old.get(key)) for key, table in _VERSIONS.items()),
        *((table, scored.get(key)) for key, table in _SCORED.items()),
        *(old.get("master_versions") or {}).items(),
        *(sources.get("master_versions") or {}).items(),
    ]
    return {table: version for table, version in found if version is not None}

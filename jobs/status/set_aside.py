"""What recent batches brought that could not be used: counted in the tables where it lies, by batch."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.dataset as ds

from bronze.files import Outcome
from expectations.feeds import EDGE_SCORES
from expectations.tables.bronze import FILES, REJECTED
from expectations.tables.gold import PREDICTIONS_QUARANTINE
from expectations.tables.silver import EVENTS_QUARANTINE, QUARANTINE
from jobs.ingest.report import is_refused_whole
from jobs.silver.repaired import is_repaired
from jobs.status.facts import BatchPart, SetAside
from jobs.status.open_conflicts import critical_conflicts
from lakehouse.plant import Plant

Row = dict[str, Any]
_COUNTED = ("records", "rejected", "blank")
_OF_UNIT = ("unknown_unit", "unit_mismatch")


def since_yesterday(now: datetime) -> datetime:
    """The beginning of yesterday, UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def set_aside(plant: Plant, now: datetime) -> SetAside:
    """What batches since yesterday brought, of which only their rows are read, and every open critical conflict."""
    lake, profile = plant.lake, plant.profile
    since = since_yesterday(now)
    wanted = ["_batch_id", "_ingested_at", "_file_id", "path", "feed", "outcome", "replaces", *_COUNTED]
    files = lake.arrow(FILES, wanted, ds.field("_ingested_at") >= since)
    replaced = _replaced(files.to_pylist())
    ledger = [row for row in files.to_pylist() if row["_file_id"] not in replaced]
    batches = {row["_batch_id"] for row in ledger}
    recent = ds.field("_batch_id").isin(sorted(batches))
    columns = ["_batch_id", "_faults", "metric", "unit", "replaced_by"]
    readings = [row for row in lake.arrow(QUARANTINE, columns, recent).to_pylist() if not is_repaired(row)]
    events = lake.arrow(EVENTS_QUARANTINE, ["_batch_id", "_faults", "feed"], recent).to_pylist()
    scores = lake.arrow(PREDICTIONS_QUARANTINE, ["_batch_id", "_faults"], recent).to_pylist()
    events += [row | {"feed": EDGE_SCORES.name} for row in scores]
    found = lake.arrow(REJECTED, ["_file_id", "reason", "detail", "record_count"], recent).to_pylist()
    rejected = [row for row in found if row["_file_id"] not in replaced]
    return SetAside(
        since,
        _sorted(Counter(fault for row in (*readings, *events) for fault in row["_faults"])),
        _sorted(_sum((row["reason"], row["record_count"]) for row in rejected)),
        _sorted(Counter(str(row["metric"]) for row in readings if "unknown_metric" in row["_faults"])),
        _sorted(
            Counter((str(row["metric"]), str(row["unit"])) for row in readings if set(_OF_UNIT) & set(row["_faults"]))
        ),
        _parts(ledger, readings, events),
        profile.alert_share,
        _refused(ledger, rejected),
        critical_conflicts(plant),
    )


def _replaced(ledger: Iterable[Row]) -> set[str]:
    """Contents that were read again since, by `_file_id`: what was rejected of them is history.

    A repair replaces a few records of a content and not the content; one that was undone is history itself.
    """
    outcomes = (Outcome.READ, Outcome.FILE_CHANGED, Outcome.UNDONE)
    return {old for row in ledger if row["outcome"] in outcomes for old in row.get("replaces") or ()}


def _refused(ledger: Iterable[Row], rejected: Iterable[Row]) -> dict[str, str]:
    """The files of which nothing could be read, each with why."""
    why = {row["_file_id"]: f"{row['reason']}: {row['detail']}" for row in reversed(list(rejected))}
    return {row["path"]: why.get(row["_file_id"], "") for row in ledger if is_refused_whole(row)}


def _parts(ledger: Iterable[Row], readings: Iterable[Row], events: Iterable[Row]) -> tuple[BatchPart, ...]:
    aside = Counter((row["_batch_id"], "readings") for row in readings)
    aside.update((row["_batch_id"], row["feed"]) for row in events)
    sums: dict[tuple[int, str], Counter[str]] = {}
    for row in ledger:
        if row["feed"] is not None:
            total = sums.setdefault((row["_batch_id"], row["feed"]), Counter())
            total.update({name: row[name] or 0 for name in _COUNTED})
    return tuple(
        BatchPart(*key, total["records"], aside[key], total["rejected"], total["blank"])
        for key, total in sorted(sums.items())
    )


def _sum(pairs: Iterable[tuple[Any, int]]) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for key, count in pairs:
        total[key] += count
    return total


def _sorted(counts: Counter[Any]) -> dict[Any, int]:
    """Most frequent first, then by name."""
    return dict(sorted(((key, count) for key, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0])))

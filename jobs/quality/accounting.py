"""What became of the records of every batch and feed: five classes that add up, each counted where it stands."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from expectations.feeds import FEEDS, READINGS, Feed
from expectations.tables.bronze import FILES
from expectations.tables.gold import DATA_QUALITY, DECISIONS
from expectations.tables.silver import EVENTS_QUARANTINE, READINGS_TABLE
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata, RecordCounts
from lakehouse.plant import Plant

Row = dict[str, Any]
_PLACE = ("_batch_id", "_file_id", "_line")
_COUNTED = ("records", "blank", "rejected", "duplicate")


def data_quality_rows(plant: Plant) -> list[Row]:
    """Rows of `gold.data_quality` for every finished batch that silver has seen.

    A batch whose commit has left the log has the row that it had, with what later commits correct.
    """
    counted = {(row["batch_id"], row["feed"]): row for row in _counted(plant, _landed(plant))}
    known = {(row["batch_id"], row["feed"]): row for row in plant.lake.arrow(DATA_QUALITY).to_pylist()}
    left = {key: row for key, row in known.items() if key not in counted}
    return [row for _, row in sorted((_corrected(plant, left) | counted).items())]


def as_of_version(plant: Plant) -> CommitMetadata:
    """What a commit of the rows says: with which version of `silver.readings` they agree."""
    return CommitMetadata(built_from=versions_of(plant.lake, READINGS_TABLE))


def _corrected(plant: Plant, known: dict[tuple[int, str], Row]) -> dict[tuple[int, str], Row]:
    """Rows of batches whose own commit has left the log, with the corrections that came after they were written.

    Older versions did not write with what their rows agree: only what this one corrects came after them.
    """
    agrees_with = plant.lake.last(DATA_QUALITY, lambda metadata: metadata.built_from.get(READINGS_TABLE.name))
    commits = plant.lake.commits(READINGS_TABLE, -1 if agrees_with is None else agrees_with)
    later = [
        commit.metadata.corrections
        for commit in commits
        if commit.metadata.corrections is not None and (agrees_with is not None or commit.metadata.clock is not None)
    ]
    rows = {key: dict(row) for key, row in known.items()}
    for corrections in later:
        for batch, change in corrections.items():
            if (row := rows.get((batch, READINGS.name))) is not None:
                for name, count in _classes(change).items():
                    row[name] += count
    return {key: _with_share(plant, row) for key, row in rows.items()} if later else rows


def _counted(plant: Plant, landed: dict[tuple[int, str], Row]) -> list[Row]:
    rows = []
    for feed in FEEDS.values():
        standing = _readings(plant) if feed.name == "readings" else _small_feed(plant, feed)
        for (batch, name), counts in sorted(landed.items()):
            if name == feed.name and (feed.name != "readings" or batch in standing):
                rows.append(_row(plant, batch, feed.name, counts, standing.get(batch, {})))
    return rows


def _landed(plant: Plant) -> dict[tuple[int, str], Row]:
    """Per batch and feed: the clock, and the sums of what the readers counted at the files."""
    sums: dict[tuple[int, str], Row] = {}
    for row in plant.lake.arrow(FILES).to_pylist():
        if row["feed"] is None or row["outcome"] == "admitted":
            continue
        total = sums.setdefault((row["_batch_id"], row["feed"]), dict.fromkeys(_COUNTED, 0) | _clock(row))
        for name in _COUNTED:
            total[name] += row[name] or 0
    return sums


def _clock(row: Row) -> Row:
    time: datetime = row["_ingested_at"]
    return {"ingested_at": time}


def _readings(plant: Plant) -> dict[int, Row]:
    """What silver's own commits say of each batch, with what later ones correct: its readings were validated again.

    Without those whose commit has left the log.
    """
    found = [commit.metadata for commit in plant.lake.commits(READINGS_TABLE)]
    rows = {
        one.batch: _classes(one.counts) | {"verdict": one.audit.verdict if one.audit else "PASS"}
        for one in found
        if one.batch is not None and one.counts is not None
    }
    for one in found:
        for batch, change in (one.corrections or {}).items():
            for name, count in _classes(change).items() if batch in rows else ():
                rows[batch][name] += count
    return rows


def _classes(counts: RecordCounts) -> Row:
    """Counts of a batch, or a correction of them, without the faults."""
    aside = sum(counts.quarantined.values())
    return {"accepted": counts.accepted, "duplicate": counts.duplicate, "quarantined": aside}


def _small_feed(plant: Plant, feed: Feed) -> dict[int, Row]:
    """The other feeds, counted in bronze: a key is accepted with the first batch that brings it."""
    table, names = plant.tables[f"bronze.{feed.name}"], _identity(feed)
    aside = _set_aside(plant, feed)
    first: set[tuple[Any, ...]] = set()
    counts: dict[int, Row] = defaultdict(lambda: {"accepted": 0, "duplicate": 0, "quarantined": 0, "verdict": "PASS"})
    columns = [name for name in (*names, *_PLACE, "decision") if name in table.column_names]
    for row in _in_order(plant.lake.arrow(table, columns).to_pylist()):
        key = tuple(row[name] for name in names)
        if (row["_file_id"], row["_line"]) in aside or row.get("decision", DECISIONS[0]) not in DECISIONS:
            counts[row["_batch_id"]]["quarantined"] += 1
        elif key in first:
            counts[row["_batch_id"]]["duplicate"] += 1
        else:
            first.add(key)
            counts[row["_batch_id"]]["accepted"] += 1
    return counts


def _identity(feed: Feed) -> tuple[str, ...]:
    """What tells records apart where they stand: of several gateways' scores of one moment gold keeps one."""
    return tuple(name for name in feed.key if feed.name != "edge_scores" or name != "gateway_id")


def _set_aside(plant: Plant, feed: Feed) -> set[tuple[str, int]]:
    rows = plant.lake.arrow(EVENTS_QUARANTINE, ["feed", "_file_id", "_line"]).to_pylist()
    return {(row["_file_id"], row["_line"]) for row in rows if row["feed"] == feed.name}


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(row[name] for name in _PLACE))


def _row(plant: Plant, batch: int, feed: str, landed: Row, standing: Row) -> Row:
    row = {
        "batch_id": batch,
        "feed": feed,
        "ingested_at": landed["ingested_at"],
        "records": landed["records"],
        "accepted": standing.get("accepted", 0),
        "duplicate": landed["duplicate"] + standing.get("duplicate", 0),
        "quarantined": standing.get("quarantined", 0),
        "rejected": landed["rejected"],
        "blank": landed["blank"],
        "verdict": standing.get("verdict", "PASS"),
    }
    return _with_share(plant, row)


def _with_share(plant: Plant, row: Row) -> Row:
    """The row, and which part of its records is faulty."""
    faults = row["quarantined"] + row["rejected"]
    share = faults / row["records"] if row["records"] else None
    return {**row, "fault_share_frac": share, "is_alert": share is not None and share > plant.profile.alert_share}


def alerts(rows: Iterable[Row]) -> list[str]:
    """A sentence for each batch and feed with too many faults, worst first."""
    loud = sorted((row for row in rows if row["is_alert"]), key=lambda row: -row["fault_share_frac"])
    return [
        f"batch {row['batch_id']}, {row['feed']}: {row['fault_share_frac']:.1%} of {row['records']:,} records are "
        f"faulty ({row['quarantined']:,} quarantined, {row['rejected']:,} rejected)"
        for row in loud
    ]


def totals(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Per feed the classes, over all batches."""
    classes = ("records", "accepted", "duplicate", "quarantined", "rejected", "blank")
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        sums[row["feed"]].update({name: row[name] for name in classes})
    return {feed: {name: counts[name] for name in classes} for feed, counts in sorted(sums.items())}

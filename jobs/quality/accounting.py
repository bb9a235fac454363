"""The outcomes of the records of every batch and feed: six classes that add up, each counted where it is stored."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from expectations.feeds import EDGE_SCORES, FEEDS, READINGS, Feed
from expectations.tables.arrow_columns import with_tidy_names
from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from expectations.tables.gold import DECISIONS, PREDICTIONS_QUARANTINE
from expectations.tables.silver import EVENTS_QUARANTINE, READINGS_TABLE
from lakehouse.commit_metadata import RecordCounts
from lakehouse.publish.recipe import WholeInputs

Row = dict[str, Any]
_PLACE = ("_batch_id", "_file_id", "_line")
_READ = ("read", "file_changed")
_COUNTED = ("records", "blank", "rejected", "duplicate")
OF_FILES = ("_batch_id", "_ingested_at", "_file_id", "feed", "outcome", "replaces", *_COUNTED)
OF_QUARANTINE = ("feed", "_file_id", "_line", "_column")
OF_SCORES_ASIDE = ("_file_id", "_line")


def data_quality_rows(given: WholeInputs, alert_share: float) -> list[Row]:
    """Rows of `gold.data_quality` for every finished batch that silver has seen, by batch and feed.

    A batch whose commit has left the log has the row that it had, with what later commits correct.

    Args:
        given: The ledger, the feeds but readings, what was set aside of them, and the commits of readings.
        alert_share: Above this fraction of faulty records a batch is an alert.
    """
    counted = {(row["batch_id"], row["feed"]): row for row in _counted(given, alert_share)}
    known = {(row["batch_id"], row["feed"]): row for row in given.stored.to_pylist()}
    left = {key: row for key, row in known.items() if key not in counted}
    return [row for _, row in sorted((_corrected(given, left, alert_share) | counted).items())]


def columns_of(feed: Feed, table: Table) -> tuple[str, ...]:
    """Columns of a feed's table that are looked at."""
    return tuple(name for name in (*_identity(feed), *_PLACE, "_column", "decision") if name in table.column_names)


def _corrected(given: WholeInputs, known: dict[tuple[int, str], Row], alert_share: float) -> dict[tuple[int, str], Row]:
    """Rows of batches whose own commit has left the log, with the corrections that came after they were written.

    Older versions did not write with what their rows agree: only what this one corrects came after them.
    """
    agrees_with = None if given.last is None else given.last.built_from.get(READINGS_TABLE.name)
    later = [
        commit.metadata.corrections
        for commit in given.commits[READINGS_TABLE.name]
        if commit.metadata.corrections is not None
        and (commit.metadata.clock is not None if agrees_with is None else commit.version > agrees_with)
    ]
    rows = {key: dict(row) for key, row in known.items()}
    for corrections in later:
        for batch, change in corrections.items():
            if (row := rows.get((batch, READINGS.name))) is not None:
                for name, count in _classes(change).items():
                    row[name] += count
    return {key: _with_share(row, alert_share) for key, row in rows.items()} if later else rows


def _counted(given: WholeInputs, alert_share: float) -> list[Row]:
    rows, landed = [], _landed(given)
    for feed in FEEDS.values():
        found = _readings(given) if feed is READINGS else _small_feed(given, feed)
        for (batch, name), counts in sorted(landed.items()):
            if name == feed.name and (feed is not READINGS or batch in found):
                row = _row(batch, feed.name, counts, found.get(batch, {}))
                rows.append(_with_share(row, alert_share))
    return rows


def _landed(given: WholeInputs) -> dict[tuple[int, str], Row]:
    """Per batch and feed: the clock, and the sums of what the readers counted at the files."""
    sums: dict[tuple[int, str], Row] = {}
    replaced = _replaced(given)
    for row in given.tables[FILES.name].to_pylist():
        if row["feed"] is None or row["outcome"] == "admitted":
            continue
        none = dict.fromkeys((*_COUNTED, "replaced"), 0)
        total = sums.setdefault((row["_batch_id"], row["feed"]), none | _clock(row))
        for name in _COUNTED:
            is_replaced = name == "rejected" and row["_file_id"] in replaced
            total["replaced" if is_replaced else name] += row[name] or 0
    return sums


def _replaced(given: WholeInputs) -> set[str]:
    """The readings of contents that were read again, by `_file_id`."""
    rows = given.tables[FILES.name].select(["replaces", "outcome"]).to_pylist()
    return {old for row in rows if row["outcome"] in _READ for old in row["replaces"] or ()}


def _clock(row: Row) -> Row:
    time: datetime = row["_ingested_at"]
    return {"ingested_at": time}


def _readings(given: WholeInputs) -> dict[int, Row]:
    """What silver's own commits say of each batch, with what later ones correct: its readings were validated again.

    Without those whose commit has left the log.
    """
    found = [commit.metadata for commit in given.commits[READINGS_TABLE.name]]
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


def _small_feed(given: WholeInputs, feed: Feed) -> dict[int, Row]:
    """The other feeds, counted in bronze: a key is accepted with the first batch that brings it."""
    names, aside, replaced = _identity(feed), _set_aside(given, feed), _replaced(given)
    first: set[tuple[Any, ...]] = set()
    none = {"accepted": 0, "duplicate": 0, "quarantined": 0, "replaced": 0, "verdict": "PASS"}
    counts: dict[int, Row] = defaultdict(lambda: dict(none))
    for row in _in_order(with_tidy_names(given.tables[f"bronze.{feed.name}"]).to_pylist()):
        key = tuple(row.get(name) for name in names)
        if row["_file_id"] in replaced:
            counts[row["_batch_id"]]["replaced"] += 1
        elif _cell(row) in aside or row.get("decision", DECISIONS[0]) not in DECISIONS:
            counts[row["_batch_id"]]["quarantined"] += 1
        elif key in first:
            counts[row["_batch_id"]]["duplicate"] += 1
        else:
            first.add(key)
            counts[row["_batch_id"]]["accepted"] += 1
    return counts


def _identity(feed: Feed) -> tuple[str, ...]:
    """What distinguishes records where they are stored: of several gateways' scores of one moment gold keeps one."""
    return tuple(name for name in feed.key if feed is not EDGE_SCORES or name != "gateway_id")


def _cell(row: Row) -> tuple[str, int, str | None]:
    return row["_file_id"], row["_line"], row.get("_column")


def _set_aside(given: WholeInputs, feed: Feed) -> set[tuple[str, int, str | None]]:
    if feed is EDGE_SCORES:
        rows = given.tables[PREDICTIONS_QUARANTINE.name].to_pylist()
    else:
        rows = [row for row in given.tables[EVENTS_QUARANTINE.name].to_pylist() if row["feed"] == feed.name]
    return set(map(_cell, rows))


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(row[name] for name in _PLACE))


def _row(batch: int, feed: str, landed: Row, found: Row) -> Row:
    return {
        "batch_id": batch,
        "feed": feed,
        "ingested_at": landed["ingested_at"],
        "records": landed["records"],
        "accepted": found.get("accepted", 0),
        "duplicate": landed["duplicate"] + found.get("duplicate", 0),
        "quarantined": found.get("quarantined", 0),
        "rejected": landed["rejected"],
        "blank": landed["blank"],
        "replaced": landed["replaced"] + found.get("replaced", 0),
        "verdict": found.get("verdict", "PASS"),
    }


def _with_share(row: Row, alert_share: float) -> Row:
    """The row, and the fraction of its records that is faulty."""
    faults = row["quarantined"] + row["rejected"]
    fraction = faults / row["records"] if row["records"] else None
    return {**row, "fault_share_frac": fraction, "is_alert": fraction is not None and fraction > alert_share}


def alerts(rows: Iterable[Row], repaired: Mapping[tuple[int, str], int], alert_share: float) -> list[str]:
    """A sentence for each batch and feed with too many faults that nobody has repaired, worst first.

    Args:
        rows: Rows of `gold.data_quality`.
        repaired: How many of a batch's and feed's records repairs in force replay; none where it is not named.
        alert_share: The fraction above which a batch is one.
    """
    loud = sorted((row for row in rows if row["is_alert"]), key=lambda row: -row["fault_share_frac"])
    return [sentence for row in loud if (sentence := _alert(row, repaired.get(_part(row), 0), alert_share))]


def _part(row: Row) -> tuple[int, str]:
    return row["batch_id"], row["feed"]


def _alert(row: Row, repaired: int, alert_share: float) -> str:
    """Empty where few enough faults wait."""
    if (row["quarantined"] + row["rejected"] - repaired) / row["records"] <= alert_share:
        return ""
    done = f", {repaired:,} of them repaired" if repaired else ""
    return (
        f"batch {row['batch_id']}, {row['feed']}: {row['fault_share_frac']:.1%} of {row['records']:,} records are "
        f"faulty ({row['quarantined']:,} quarantined{done}, {row['rejected']:,} rejected)"
    )


def totals(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Per feed the classes, over all batches; `replaced` where there are any."""
    classes = ("records", "accepted", "duplicate", "quarantined", "rejected", "blank", "replaced")
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        sums[row["feed"]].update({name: row[name] or 0 for name in classes})
    return {
        feed: {name: counts[name] for name in classes if counts[name] or name != "replaced"}
        for feed, counts in sorted(sums.items())
    }

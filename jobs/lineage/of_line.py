"""One line of a landed file: its records, what silver did with each, and the first score that could use it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from expectations.feeds import FEEDS
from jobs.lineage.answer import Stop, time_text
from lakehouse.errors import UsageError
from report.lake_view import LakeView, Row

_READING = """SELECT r.*, q._faults, q.replaced_by, s.value AS stored, s.unit AS stored_unit
FROM bronze.readings r
LEFT JOIN silver.readings_quarantine q ON q._file_id = r._file_id AND q._line = r._line
    AND q._column IS NOT DISTINCT FROM r._column AND q._batch_id = r._batch_id
LEFT JOIN silver.readings s ON (s.factory_id, s.machine_id, s.sensor_id, s.metric, s.measured_at)
    = (r.factory_id, r.machine_id, r.sensor_id, r.metric, r.measured_at)
WHERE list_contains($ids, r._file_id) AND r._line = $line ORDER BY r._column, r._batch_id"""
_EVENT = """SELECT r.*, q._faults FROM bronze.{feed} r
LEFT JOIN silver.events_quarantine q ON q.feed = '{feed}' AND q._file_id = r._file_id AND q._line = r._line
    AND q._batch_id = r._batch_id
WHERE list_contains($ids, r._file_id) AND r._line = $line ORDER BY r._batch_id"""
_REJECTED = """SELECT feed, reason, detail, record_count, text, _file_id FROM bronze.rejected
WHERE list_contains($ids, _file_id) AND _line = $line ORDER BY _column, _batch_id"""
_FIRST_SCORE = """SELECT min(scored_at) AS at FROM gold.predictions
WHERE machine_id = $machine AND factory_id = $factory AND scored_at >= $measured"""


def line_stops(view: LakeView, ids: tuple[str, ...], line: int, path: str) -> tuple[Stop, ...]:
    """A stop for each record of the line, and for each reason why one was rejected.

    Raises:
        UsageError: No record of the file begins in that line.
    """
    values = {"ids": list(ids), "line": line}
    stops = [_reading(view, row, f"{path}:{line}") for row in view.rows(_READING, values)]
    for feed in FEEDS:
        if feed != "readings":
            # The feed's name is one of ours; the name of a table cannot be a parameter.
            query = _EVENT.format(feed=feed)
            stops += [_event(feed, row, f"{path}:{line}") for row in view.rows(query, values)]
    stops += [_rejected(row, f"{path}:{line}") for row in view.rows(_REJECTED, values)]
    if not stops:
        raise UsageError(
            f"got line {line} of {path}; legal: a line in which a record begins that is no blank; a line that repeats "
            "one of a content that was read before is found by that content's path"
        )
    return tuple(stops)


def _reading(view: LakeView, row: Row, name: str) -> Stop:
    given = (
        f"{row['metric']} {row['value']} {row['unit']} of sensor {row['sensor_id']}, machine {row['machine_id']} of "
    )
    given += f"factory {row['factory_id']}, measured {time_text(row['measured_at'])}"
    first = view.row(
        _FIRST_SCORE,
        {"machine": row["machine_id"], "factory": row["factory_id"], "measured": row["measured_at"]},
    )["at"]
    scored = f"; first score at or after it: {time_text(first)}" if first and row["stored"] is not None else ""
    return Stop("line", name, f"{given}; {_outcome(row)}{scored}", _facts(row) | {"first_scored_at": first})


def _outcome(row: Row) -> str:
    """What silver did with a reading. One that agrees with what is stored is that reading, or a duplicate of it."""
    if row["_faults"]:
        by = f" by {row['replaced_by']}" if row["replaced_by"] else ""
        return f"in silver.readings_quarantine: {', '.join(row['_faults'])}{by}"
    if row["stored"] is None:
        return "not in silver: its batch is not refined yet, or it was withdrawn or replaced by a later reading"
    return f"in silver.readings as {row['stored']} {row['stored_unit']}"


def _event(feed: str, row: Row, name: str) -> Stop:
    given = ", ".join(f"{key} {_text(value)}" for key, value in _plain(row).items() if value is not None)
    faults = row["_faults"]
    outcome = f"in silver.events_quarantine: {', '.join(faults)}" if faults else "without a fault in silver"
    return Stop("line", name, f"{feed}: {given}; {outcome}", _facts(row))


def _rejected(row: Row, name: str) -> Stop:
    detail = f" ({row['detail']})" if row["detail"] else ""
    return Stop("line", name, f"in bronze.rejected: {row['reason']}{detail}: {row['text'] or ''}", _facts(row))


def _plain(row: Row) -> Mapping[str, Any]:
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _facts(row: Row) -> dict[str, Any]:
    return {key.removeprefix("_"): value for key, value in row.items()}


def _text(value: object) -> str:
    return time_text(value) if isinstance(value, datetime) else str(value)

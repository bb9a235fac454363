"""Outcomes of the records: accounting, quarantine with its reasons, and the gates' verdicts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from expectations.tables.gold import SCORE_FAULTS
from expectations.tables.silver import EVENTS_QUARANTINE, FAULTS
from lakehouse.commit_metadata import Audit, CommitMetadata
from report.lake_view import LakeView
from report.queries.delays import Delay, delays
from report.queries.deliveries import Delivered, deliveries
from report.queries.gateway_numbers import Numbers, numbers
from report.queries.not_scored import NotScored, not_scored

CLASSES = ("accepted", "duplicate", "quarantined", "rejected", "blank", "replaced")
NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class Accounting:
    """One feed's records and the classes that add up to them. `batches` is how many ingest batches were counted."""

    feed: str
    batches: int
    records: int
    accepted: int
    duplicate: int
    quarantined: int
    rejected: int
    blank: int
    replaced: int = 0

    @property
    def classified(self) -> int:
        """Records that are in some class; equals `records` where every record is accounted for."""
        return sum(getattr(self, name) for name in CLASSES)

    @property
    def is_balanced(self) -> bool:
        """Whether every record is in exactly one class."""
        return self.classified == self.records


@dataclass(frozen=True, slots=True)
class Batch:
    """One ingest batch of one feed against the alert line."""

    batch_id: int
    feed: str
    ingested_at: datetime
    records: int
    set_aside: int
    is_alert: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """Records with one reason, and the first of them as an example: its text, the reason, its place."""

    feed: str
    reason: str
    records: int
    example: str
    detail: str
    path: str
    line: int
    column: str | None


@dataclass(frozen=True, slots=True)
class DayShare:
    """Readings dated on one UTC day: how many are stored, how many are in quarantine."""

    on: date
    accepted: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Gate:
    """One table: rows, version, and the newest verdict that a commit of it carries."""

    table: str
    meaning: str
    rows: int
    version: int | None
    commits: int
    verdict: str | None
    suite: str | None
    code: str | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything the data-quality section says."""

    accounting: tuple[Accounting, ...]
    batches: tuple[Batch, ...]
    quarantine: tuple[SetAside, ...]
    rejected: tuple[SetAside, ...]
    days: tuple[DayShare, ...]
    gates: tuple[Gate, ...]
    delays: tuple[Delay, ...] = ()
    not_scored: tuple[NotScored, ...] = ()
    numbers: tuple[Numbers, ...] = ()
    deliveries: tuple[Delivered, ...] = ()


def quality(view: LakeView) -> Quality:
    """The account of every record, and the gates."""
    return Quality(
        _accounting(view), _batches(view), _quarantine(view), _rejected(view), _days(view),
        tuple(_gate(view, name) for name in view.plant.tables), delays(view),
        not_scored(view), numbers(view), deliveries(view),
    )  # fmt: skip


def _accounting(view: LakeView) -> tuple[Accounting, ...]:
    sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in ("records", *CLASSES))
    rows = view.rows(
        f"SELECT feed, count(DISTINCT batch_id) AS batches, {sums} FROM gold.data_quality "  # noqa: S608  # names above
        "GROUP BY feed ORDER BY records DESC, feed"
    )
    return tuple(Accounting(**row) for row in rows)


def _batches(view: LakeView) -> tuple[Batch, ...]:
    rows = view.rows(
        "SELECT batch_id, feed, ingested_at, records, quarantined + rejected AS set_aside, is_alert, verdict "
        "FROM gold.data_quality ORDER BY batch_id, feed"
    )
    return tuple(Batch(**row) for row in rows)


_REPLACED = "(SELECT unnest(replaces) FROM bronze.files WHERE outcome IN ('read', 'file_changed'))"
_PATHS = "(SELECT _file_id, min(path) AS path FROM bronze.files GROUP BY _file_id)"


def _quarantine(view: LakeView) -> tuple[SetAside, ...]:
    readings = view.rows(
        f"""WITH ranked AS (
            SELECT coalesce(_faults[1], '{NO_REASON}') AS reason, q.*,
                count(*) OVER (PARTITION BY _faults[1]) AS records,
                row_number() OVER (PARTITION BY _faults[1] ORDER BY _file_id, _line, _column NULLS FIRST) AS place
            FROM silver.readings_quarantine q)
        SELECT ranked.*, path FROM ranked LEFT JOIN {_PATHS} USING (_file_id) WHERE place = 1
        ORDER BY records DESC, reason"""  # noqa: S608  # constants of this module
    )
    events = view.rows(
        f"""WITH ranked AS (
            SELECT coalesce(_faults[1], '{NO_REASON}') AS reason, q.*,
                count(*) OVER (PARTITION BY feed, _faults[1]) AS records,
                row_number() OVER (PARTITION BY feed, _faults[1] ORDER BY _file_id, _line) AS place
            FROM silver.events_quarantine q)
        SELECT ranked.*, path FROM ranked LEFT JOIN {_PATHS} USING (_file_id) WHERE place = 1
        ORDER BY records DESC, feed, reason"""  # noqa: S608  # constants of this module
    )
    scores = view.rows(
        f"""WITH ranked AS (
            SELECT _faults[1] AS reason, q.*, count(*) OVER (PARTITION BY _faults[1]) AS records,
                row_number() OVER (PARTITION BY _faults[1] ORDER BY _file_id, _line) AS place
            FROM gold.predictions_quarantine q)
        SELECT ranked.*, path FROM ranked LEFT JOIN {_PATHS} USING (_file_id) WHERE place = 1
        ORDER BY records DESC, reason"""  # noqa: S608  # constants of this module
    )
    return (
        *(_set_aside("readings", row, _reading_text(row), _faults(row)) for row in readings),
        *(_set_aside(row["feed"], row, _event_text(row), _faults(row)) for row in events),
        *(_set_aside("edge_scores", row, _score_text(row), _faults(row)) for row in scores),
    )


def _score_text(row: dict[str, Any]) -> str:
    return f"{row['machine_id']} at {row['scored_at']:%Y-%m-%d %H:%M}, bundle {row['bundle']}: {row['decision']}"


def _rejected(view: LakeView) -> tuple[SetAside, ...]:
    rows = view.rows(
        f"""WITH ranked AS (
            SELECT r.*, (sum(record_count) OVER (PARTITION BY feed, reason))::BIGINT AS records,
                row_number() OVER (PARTITION BY feed, reason ORDER BY _file_id, _line, _offset) AS place
            FROM bronze.rejected r WHERE _file_id NOT IN {_REPLACED})
        SELECT ranked.* EXCLUDE (raw), path FROM ranked LEFT JOIN {_PATHS} USING (_file_id) WHERE place = 1
        ORDER BY records DESC, feed, reason"""  # noqa: S608  # constants of this module
    )
    return tuple(_set_aside(row["feed"], row, row["text"] or "", row["detail"] or "") for row in rows)


def _set_aside(feed: str, row: dict[str, Any], example: str, detail: str) -> SetAside:
    path = row["path"] or f"file {row['_file_id']}"
    return SetAside(feed, row["reason"], row["records"], example, detail, path, row["_line"], row["_column"])


def _faults(row: dict[str, Any]) -> str:
    return "; ".join(
        (FAULTS | dict(EVENTS_QUARANTINE.faults) | SCORE_FAULTS).get(code, code) for code in row["_faults"] or ()
    )


def _reading_text(row: dict[str, Any]) -> str:
    names = ("measured_at", "sensor_id", "metric", "value", "unit")
    return " · ".join(_shown(row[name]) for name in names)


def _event_text(row: dict[str, Any]) -> str:
    names = ("stated_at", "machine_id", "code", "detail")
    return " · ".join(_shown(row[name]) for name in names)


def _shown(value: Any) -> str:
    return "(none)" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


def _days(view: LakeView) -> tuple[DayShare, ...]:
    """Days with stored readings. Quarantined times on other days may be wrong and are left out."""
    accepted = view.day_counts("silver.readings")
    rows = view.rows(
        "SELECT measured_at::DATE AS day, count(*) AS records FROM silver.readings_quarantine "
        "WHERE measured_at IS NOT NULL AND NOT list_contains(_faults, 'clock_suspect') GROUP BY day"
    )
    quarantined = {row["day"]: row["records"] for row in rows}
    return tuple(DayShare(day, records, quarantined.get(day, 0)) for day, records in accepted.items())


def _gate(view: LakeView, name: str) -> Gate:
    lake, table = view.plant.lake, view.plant.tables[name]
    commits = lake.commits(table)
    audited = [commit.metadata for commit in commits if commit.metadata.audit]
    last = audited[-1] if audited else CommitMetadata()
    audit = last.audit or Audit("")
    return Gate(
        name, table.description, view.row_count(name), lake.version(table), len(commits),
        audit.verdict or None, audit.suite, audit.code, last.batch,
    )  # fmt: skip

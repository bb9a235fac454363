"""Which machine and moment make the best story."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from report.lake_view import LakeView, Row
from report.queries.scoring import Scoring

LOOK_BACK = timedelta(days=14)
# With fewer days of scores before it, nobody sees that the days before were calm.
SCORED_BEFORE = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Pick:
    """The machine and moment of the story.

    Attributes:
        failed_at: None where no failure is on record.
        candidates: Failures that it was chosen from.
    """

    machine_id: str
    factory_id: str
    centre: datetime
    failed_at: datetime | None
    code: str
    warned_at: datetime | None
    candidates: int


def pick_of(view: LakeView, scoring: Scoring | None, horizon: timedelta) -> Pick | None:
    """The failure that makes the clearest story, else the busiest machine; None without readings."""
    return _failure(view, scoring, horizon) or _busiest(view)


# Each failure with its first alarm within the horizon, alarms earlier than that, and how far its signals moved: the
# mean of the last day against the spread of the days before the last three.
_FAILURES = """WITH failures AS (
    SELECT machine_id, factory_id, occurred_at AS failed_at, string_agg(code, ', ' ORDER BY code) AS code
    FROM silver.machine_events WHERE kind = 'failure' GROUP BY ALL),
warned AS (
    SELECT f.machine_id, f.factory_id, f.failed_at, min(scored_at) AS scored_from,
        min(scored_at) FILTER (is_alarm AND scored_at >= f.failed_at - $horizon) AS warned_at,
        count(*) FILTER (is_alarm AND scored_at < f.failed_at - $horizon) AS early
    FROM failures f JOIN story_scores s ON s.machine_id = f.machine_id AND s.factory_id = f.factory_id
        AND scored_at < f.failed_at AND scored_at >= f.failed_at - $before GROUP BY ALL),
moved AS (
    SELECT f.machine_id, f.factory_id, f.failed_at, metric,
        avg(sum_steps / reading_count) FILTER (bucket_at >= f.failed_at - INTERVAL 1 DAY) AS near,
        avg(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS far,
        stddev_samp(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS spread
    FROM failures f JOIN silver.buckets b ON b.machine_id = f.machine_id AND b.factory_id = f.factory_id
        AND bucket_at < f.failed_at AND bucket_at >= f.failed_at - $before
    GROUP BY ALL)
SELECT f.*, warned_at, scored_from, coalesce(early, 0) AS early,
    coalesce(max(abs(near - far) / nullif(spread, 0)), 0) AS moved
FROM failures f JOIN moved USING (machine_id, factory_id, failed_at)
    LEFT JOIN warned USING (machine_id, factory_id, failed_at)
GROUP BY ALL HAVING count(near) > 0"""


def _failure(view: LakeView, scoring: Scoring | None, horizon: timedelta) -> Pick | None:
    """The failure of the clearest story: not in the training, announced, after calm days, with a signal that moved."""
    rows = view.rows(_FAILURES, {"horizon": horizon, "before": LOOK_BACK})
    until = scoring.learnt_until if scoring else None
    best = min(rows, key=lambda row: _rank(row, until), default=None)
    if best is None:
        return None
    at = best["failed_at"]
    return Pick(best["machine_id"], best["factory_id"], at, at, best["code"], best["warned_at"], len(rows))


def _rank(row: Row, learnt_until: datetime | None) -> tuple[object, ...]:
    is_learnt = learnt_until is not None and row["failed_at"] <= learnt_until
    return (
        is_learnt, row["warned_at"] is None, _is_early(row), min(row["early"], 24) // 6, -round(row["moved"], 6),
        row["machine_id"], row["failed_at"], row["factory_id"],
    )  # fmt: skip


def _is_early(row: Row) -> bool:
    """Whether the scores began too shortly before the failure."""
    return row["scored_from"] is None or row["failed_at"] - row["scored_from"] < SCORED_BEFORE


def _busiest(view: LakeView) -> Pick | None:
    """Without a failure: the machine and day with most readings beyond a limit, else the one with most readings."""
    rows = view.rows(
        "SELECT machine_id, factory_id, bucket_date, max(bucket_at) AS centre FROM silver.buckets GROUP BY ALL "
        "ORDER BY sum(critical_count) DESC, sum(warning_count) DESC, sum(reading_count) DESC, machine_id, "
        "bucket_date, factory_id "
        "LIMIT 1"
    )
    return Pick(rows[0]["machine_id"], rows[0]["factory_id"], rows[0]["centre"], None, "", None, 0) if rows else None

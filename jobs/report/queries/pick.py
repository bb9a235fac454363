"""Which machine and moment make the best story, and which scores tell it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.report.lake_view import LakeView, Row
from jobs.report.queries.model import ModelFacts, Threshold

LOOK_BACK = timedelta(days=14)
HORIZON_HOURS = {"24h": 24, "7d": 168, "28d": 672}


@dataclass(frozen=True, slots=True)
class Scoring:
    """Which scores the story shows: the failure model's margin (alarm at or above) or path lengths (alarm below)."""

    model: str
    source: str
    bundle: str
    threshold: Threshold
    is_rising: bool
    learnt_until: datetime | None


@dataclass(frozen=True, slots=True)
class Pick:
    """The machine and moment the story is about. `failed_at` is None where no failure is on record."""

    machine_id: str
    factory_id: str
    centre: datetime
    failed_at: datetime | None
    code: str
    warned_at: datetime | None
    told: int


def _horizon(model: ModelFacts | None) -> timedelta:
    """How far ahead the model looks; a day where there is none."""
    return timedelta(hours=HORIZON_HOURS[(model.horizon if model else None) or "24h"])


def scoring_of(view: LakeView, model: ModelFacts | None, bundle: str) -> Scoring | None:
    """The failure model's margins where there are any, else path lengths; batch scores before those of the edge.

    Scores of one bundle only, for a threshold holds for one model: the champion's, else the one built last.
    """
    if model is None:
        return None
    counts = view.rows(
        "SELECT source, bundle, count(margin) AS margin, count(path_length) AS path_length FROM gold.predictions "
        "WHERE bundle = (SELECT bundle FROM gold.predictions ORDER BY bundle = $bundle DESC, "
        "try_cast(split_part(bundle, '+', -1) AS BIGINT) DESC, bundle LIMIT 1) GROUP BY ALL ORDER BY source",
        {"bundle": bundle},
    )
    for name, column in (("alarm", "margin"), ("anomaly", "path_length")):
        threshold = model.threshold(name)
        for row in counts:
            if threshold and row[column]:
                until = _learnt_until(model) if column == "margin" else None
                return Scoring(threshold.model, row["source"], row["bundle"], threshold, column == "margin", until)
    return None


def _learnt_until(model: ModelFacts) -> datetime | None:
    """A failure up to a horizon after the last training row stands in that row's label."""
    return model.failure_until + _horizon(model) if model.failure_until else None


def pick_of(view: LakeView, scoring: Scoring | None, model: ModelFacts | None) -> Pick | None:
    """The failure best told, else the busiest machine; None where no machine has sent a reading."""
    return _failure(view, scoring, _horizon(model)) or _busiest(view)


# Each failure with its first alarm within the horizon, alarms earlier than that, and how far its signals moved: the
# mean of the last day against the spread of the days before the last three.
_FAILURES = """WITH failures AS (
    SELECT machine_id, factory_id, occurred_at AS failed_at, string_agg(code, ', ' ORDER BY code) AS code
    FROM silver.machine_events WHERE kind = 'failure' GROUP BY ALL),
warned AS (
    SELECT f.machine_id, f.failed_at, min(scored_at) FILTER (scored_at >= f.failed_at - $horizon) AS warned_at,
        count(*) FILTER (scored_at < f.failed_at - $horizon) AS early
    FROM failures f JOIN gold.predictions p ON p.machine_id = f.machine_id
        AND scored_at < f.failed_at AND scored_at >= f.failed_at - $before
    WHERE source = $source AND bundle = $bundle
        AND CASE WHEN $is_rising THEN margin >= $limit ELSE path_length < $limit END GROUP BY ALL),
moved AS (
    SELECT f.machine_id, f.failed_at, metric,
        avg(sum_steps / reading_count) FILTER (bucket_at >= f.failed_at - INTERVAL 1 DAY) AS near,
        avg(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS far,
        stddev_samp(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS spread
    FROM failures f JOIN silver.buckets b ON b.machine_id = f.machine_id
        AND bucket_at < f.failed_at AND bucket_at >= f.failed_at - $before
    GROUP BY ALL)
SELECT f.*, warned_at, coalesce(early, 0) AS early, coalesce(max(abs(near - far) / nullif(spread, 0)), 0) AS moved
FROM failures f JOIN moved USING (machine_id, failed_at) LEFT JOIN warned USING (machine_id, failed_at)
GROUP BY ALL HAVING count(near) > 0"""


def _failure(view: LakeView, scoring: Scoring | None, horizon: timedelta) -> Pick | None:
    """The failure best told: unseen by the model, foreseen, after calm days, with a signal that moved."""
    values = {
        "horizon": horizon,
        "before": LOOK_BACK,
        "source": scoring.source if scoring else "",
        "bundle": scoring.bundle if scoring else "",
        "is_rising": scoring.is_rising if scoring else True,
        "limit": scoring.threshold.value if scoring else 0.0,
    }
    rows = view.rows(_FAILURES, values)
    until = scoring.learnt_until if scoring else None
    best = min(rows, key=lambda row: _rank(row, until), default=None)
    if best is None:
        return None
    at = best["failed_at"]
    return Pick(best["machine_id"], best["factory_id"], at, at, best["code"], best["warned_at"], len(rows))


def _rank(row: Row, learnt_until: datetime | None) -> tuple[object, ...]:
    is_learnt = learnt_until is not None and row["failed_at"] <= learnt_until
    return (
        is_learnt, row["warned_at"] is None, min(row["early"], 24) // 6, -round(row["moved"], 6), row["machine_id"],
        row["failed_at"],
    )  # fmt: skip


def _busiest(view: LakeView) -> Pick | None:
    """Without a failure: the machine and day with most readings beyond a limit, else the one with most readings."""
    rows = view.rows(
        "SELECT machine_id, factory_id, bucket_date, max(bucket_at) AS centre FROM silver.buckets GROUP BY ALL "
        "ORDER BY sum(critical_count) DESC, sum(warning_count) DESC, sum(reading_count) DESC, machine_id, bucket_date "
        "LIMIT 1"
    )
    return Pick(rows[0]["machine_id"], rows[0]["factory_id"], rows[0]["centre"], None, "", None, 0) if rows else None

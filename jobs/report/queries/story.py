"""One machine's story: which failure is best told, and everything that was seen around it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.report.lake_view import LakeView, Row
from jobs.report.queries.model import ModelFacts, Threshold

BEFORE, AFTER = timedelta(days=14), timedelta(days=2)
MAX_POINTS = 600


@dataclass(frozen=True, slots=True)
class Point:
    """A metric in one bucket, canonical unit."""

    at: datetime
    mean: float
    minimum: float
    maximum: float
    readings: int


@dataclass(frozen=True, slots=True)
class Signal:
    """One metric over the story's window."""

    metric: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One score of the machine."""

    at: datetime
    margin: float
    probability: float | None
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the machine: error, maintenance, failure, alert."""

    at: datetime
    kind: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Scoring:
    """Which scores the story shows: the failure model's margin (alarm at or above) or path lengths (alarm below)."""

    model: str
    source: str
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


@dataclass(frozen=True, slots=True)
class Story:
    """All that was seen of one machine around one moment."""

    pick: Pick
    machine_model: str | None
    starts_at: datetime
    ends_at: datetime
    step: timedelta
    signals: tuple[Signal, ...]
    scoring: Scoring | None
    scores: tuple[Score, ...]
    events: tuple[Event, ...]

    @property
    def alarms(self) -> tuple[tuple[datetime, datetime], ...]:
        """Unbroken runs of alarming scores, first to last."""
        runs: list[tuple[datetime, datetime]] = []
        previous: Score | None = None
        for score in self.scores:
            if score.is_alarm and previous and previous.is_alarm:
                runs[-1] = (runs[-1][0], score.at)
            elif score.is_alarm:
                runs.append((score.at, score.at))
            previous = score
        return tuple(runs)

    @property
    def was_learnt(self) -> bool:
        """Whether the scores' model was trained on this very failure: then the curve is memory, not foresight."""
        until = self.scoring.learnt_until if self.scoring else None
        return bool(until and self.pick.failed_at and self.pick.failed_at <= until)


def story(view: LakeView, model: ModelFacts | None) -> Story | None:
    """The story best told; None where no machine has sent a reading."""
    scoring = _scoring(view, model)
    pick = _failure(view, scoring, _horizon(model)) or _busiest(view)
    return _told(view, pick, scoring) if pick else None


def _horizon(model: ModelFacts | None) -> timedelta:
    hours = {"24h": 24, "7d": 168, "28d": 672}
    return timedelta(hours=hours.get((model.horizon if model else None) or "24h", 24))


def _scoring(view: LakeView, model: ModelFacts | None) -> Scoring | None:
    """The failure model's margins where there are any, else path lengths; batch scores before those of the edge."""
    if model is None:
        return None
    counts = view.rows(
        "SELECT source, count(margin) AS margin, count(path_length) AS path_length FROM gold.predictions "
        "GROUP BY source ORDER BY source"
    )
    for name, column in (("alarm", "margin"), ("anomaly", "path_length")):
        threshold = model.threshold(name)
        for row in counts:
            if threshold and row[column]:
                until = model.failure_until if column == "margin" else None
                return Scoring(threshold.model, row["source"], threshold, column == "margin", until)
    return None


def _failure(view: LakeView, scoring: Scoring | None, horizon: timedelta) -> Pick | None:
    """The failure best told: unseen by the model, foreseen, after calm days, with a signal that moved."""
    column = "margin" if scoring is None or scoring.is_rising else "-path_length"
    limit = scoring.threshold.value * (1 if scoring.is_rising else -1) if scoring else 0.0
    compare = ">=" if scoring is None or scoring.is_rising else ">"
    rows = view.rows(
        f"""WITH failures AS (
            SELECT machine_id, factory_id, occurred_at AS failed_at, string_agg(code, ', ' ORDER BY code) AS code
            FROM silver.machine_events e WHERE kind = 'failure' GROUP BY ALL),
        warned AS (
            SELECT f.machine_id, f.failed_at, min(scored_at) FILTER (scored_at >= f.failed_at - $horizon) AS warned_at,
                count(*) FILTER (scored_at < f.failed_at - $horizon) AS early
            FROM failures f JOIN gold.predictions p ON p.machine_id = f.machine_id
                AND scored_at < f.failed_at AND scored_at >= f.failed_at - $before
            WHERE source = $source AND {column} {compare} $limit GROUP BY ALL),
        moved AS (
            SELECT f.machine_id, f.failed_at, metric,
                avg(sum_steps / reading_count) FILTER (bucket_at >= f.failed_at - INTERVAL 1 DAY) AS near,
                avg(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS far,
                stddev_samp(sum_steps / reading_count) FILTER (bucket_at < f.failed_at - INTERVAL 3 DAY) AS spread
            FROM failures f JOIN silver.buckets b ON b.machine_id = f.machine_id
                AND bucket_at < f.failed_at AND bucket_at >= f.failed_at - $before
            GROUP BY ALL)
        SELECT f.*, warned_at, coalesce(early, 0) AS early, max(abs(near - far) / nullif(spread, 0)) AS moved
        FROM failures f JOIN moved USING (machine_id, failed_at) LEFT JOIN warned USING (machine_id, failed_at)
        GROUP BY ALL HAVING moved IS NOT NULL""",  # noqa: S608  # the inserts are two columns and two signs
        {
            "horizon": horizon, "before": BEFORE, "limit": limit, "source": scoring.source if scoring else "",
        },
    )  # fmt: skip
    until = scoring.learnt_until if scoring else None
    best = min(rows, key=lambda row: _rank(row, until), default=None)
    if best is None:
        return None
    at = best["failed_at"]
    return Pick(best["machine_id"], best["factory_id"], at, at, best["code"], best["warned_at"], len(rows))


def _rank(row: Row, learnt_until: datetime | None) -> tuple[object, ...]:
    is_learnt = learnt_until is not None and row["failed_at"] <= learnt_until
    return (
        is_learnt, row["warned_at"] is None, min(row["early"], 24) // 6, -row["moved"], row["machine_id"],
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


def _told(view: LakeView, pick: Pick, scoring: Scoring | None) -> Story:
    window = {"machine": pick.machine_id, "start": pick.centre - BEFORE, "end": pick.centre + AFTER}
    step = _step(view)
    models = view.rows(
        "SELECT machine_model FROM silver.machines WHERE machine_id = $machine AND valid_from <= $end "
        "ORDER BY valid_from DESC LIMIT 1", {"machine": pick.machine_id, "end": pick.centre},
    )  # fmt: skip
    signals = _signals(view, window, step)
    times = [point.at for signal in signals for point in signal.points]
    return Story(
        pick=pick,
        machine_model=models[0]["machine_model"] if models else None,
        starts_at=min(times),
        ends_at=max(max(times) + step, pick.centre + step),
        step=step,
        signals=signals,
        scoring=scoring,
        scores=_scores(view, window, scoring) if scoring else (),
        events=_events(view, window),
    )


def _step(view: LakeView) -> timedelta:
    """The bucket, or as many of them as leave a line that a page can draw."""
    bucket = timedelta(seconds=view.plant.profile.bucket_s)
    wide = max(1, -(-((BEFORE + AFTER) // bucket) // MAX_POINTS))
    return bucket * wide


def _signals(view: LakeView, window: Row, step: timedelta) -> tuple[Signal, ...]:
    rows = view.rows(
        """SELECT metric, time_bucket($step, bucket_at, TIMESTAMPTZ '1970-01-01') AS moment,
            (sum(sum_steps) / sum(reading_count))::DOUBLE AS mean, min(minimum_steps) AS minimum,
            max(maximum_steps) AS maximum, sum(reading_count)::BIGINT AS readings
        FROM silver.buckets WHERE machine_id = $machine AND bucket_at BETWEEN $start AND $end
        GROUP BY ALL ORDER BY metric, moment""",
        {**window, "step": step},
    )
    made = []
    for name, metric in view.plant.profile.metrics.items():
        unit = metric.resolution
        points = tuple(
            Point(row["moment"], row["mean"] * unit, row["minimum"] * unit, row["maximum"] * unit, row["readings"])
            for row in rows
            if row["metric"] == name
        )
        if points:
            made.append(Signal(name, points))
    return tuple(made)


def _scores(view: LakeView, window: Row, scoring: Scoring) -> tuple[Score, ...]:
    column = "margin" if scoring.is_rising else "path_length"
    rows = view.rows(
        f'SELECT scored_at AS "at", {column} AS margin, probability FROM gold.predictions '  # noqa: S608  # one of two
        f"WHERE machine_id = $machine AND scored_at BETWEEN $start AND $end AND source = $source "
        f"AND {column} IS NOT NULL AND NOT is_warming_up ORDER BY scored_at, bundle",
        {**window, "source": scoring.source},
    )
    limit = scoring.threshold.value
    latest = {row["at"]: row for row in rows}
    return tuple(
        Score(**row, is_alarm=row["margin"] >= limit if scoring.is_rising else row["margin"] < limit)
        for row in latest.values()
    )


def _events(view: LakeView, window: Row) -> tuple[Event, ...]:
    rows = view.rows(
        """SELECT occurred_at AS "at", kind, code, coalesce(detail, '') AS detail FROM silver.machine_events
        WHERE machine_id = $machine AND occurred_at BETWEEN $start AND $end
        UNION ALL
        SELECT raised_at, 'alert', code, coalesce(message, '') FROM bronze.alerts
        WHERE machine_id = $machine AND raised_at BETWEEN $start AND $end
        ORDER BY ALL""",
        window,
    )
    return tuple(Event(**row) for row in rows)

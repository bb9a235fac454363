"""One machine's story: the failure that makes the clearest one, and everything that was seen around it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from report.lake_view import LakeView, Row
from report.queries.model import ModelFacts
from report.queries.pick import Pick, pick_of
from report.queries.scoring import Scoring, horizon_of, prepare_scores

BEFORE, AFTER = timedelta(days=9), timedelta(days=1)
# Longer than so many distances of two scores without one is silence: nothing is drawn across it.
SCORES_MISSED = 2
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
    """One score of the machine: a margin or a path length, against the threshold in force."""

    at: datetime
    score: float
    probability: float | None
    threshold: float
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the machine: error, maintenance, failure, alert."""

    at: datetime
    kind: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that was seen of one machine around one moment."""

    pick: Pick
    machine_model: str | None
    starts_at: datetime
    ends_at: datetime
    step: timedelta
    silence: timedelta
    signals: tuple[Signal, ...]
    scoring: Scoring | None
    scores: tuple[Score, ...]
    events: tuple[Event, ...]

    @property
    def alarms(self) -> tuple[tuple[datetime, datetime], ...]:
        """Unbroken runs of alarming scores, first to last; a machine that is down is not scored, which breaks one."""
        runs: list[tuple[datetime, datetime]] = []
        previous: Score | None = None
        for score in self.scores:
            is_next = previous is not None and previous.is_alarm and score.at - previous.at <= self.silence
            if score.is_alarm and is_next:
                runs[-1] = (runs[-1][0], score.at)
            elif score.is_alarm:
                runs.append((score.at, score.at))
            previous = score
        return tuple(runs)

    @property
    def warning(self) -> datetime | None:
        """The beginning of the alarm that holds the first alarming score within the horizon before the failure."""
        at = self.pick.warned_at
        return next((first for first, last in self.alarms if at and first <= at <= last), at)

    @property
    def threshold(self) -> float | None:
        """The threshold in force at the story's moment; None without a score up to then."""
        return next((each.threshold for each in reversed(self.scores) if each.at <= self.pick.centre), None)

    @property
    def was_learnt(self) -> bool:
        """Whether the scores' model was trained on this very failure: then the curve shows memory, not prediction."""
        until = self.scoring.learnt_until if self.scoring else None
        return bool(until and self.pick.failed_at and self.pick.failed_at <= until)


def story(view: LakeView, model: ModelFacts | None, bundle: str = "") -> Story | None:
    """The clearest story; None where no machine has sent a reading."""
    scoring = prepare_scores(view, model, bundle)
    pick = pick_of(view, scoring, horizon_of(model))
    return _story(view, pick, scoring) if pick else None


def _story(view: LakeView, pick: Pick, scoring: Scoring | None) -> Story:
    window = {
        "machine": pick.machine_id,
        "factory": pick.factory_id,
        "start": pick.centre - BEFORE,
        "end": pick.centre + AFTER,
    }
    step = _step(view)
    models = view.rows(
        "SELECT machine_model FROM silver.machines WHERE machine_id = $machine AND factory_id = $factory "
        "AND valid_from <= $end ORDER BY valid_from DESC LIMIT 1",
        {"machine": pick.machine_id, "factory": pick.factory_id, "end": pick.centre},
    )  # fmt: skip
    signals = _signals(view, window, step)
    times = [point.at for signal in signals for point in signal.points]
    return Story(
        pick=pick,
        machine_model=models[0]["machine_model"] if models else None,
        starts_at=min(times),
        ends_at=max(max(times) + step, pick.centre + step),
        step=step,
        silence=SCORES_MISSED * timedelta(seconds=view.plant.profile.score_every_s),
        signals=signals,
        scoring=scoring,
        scores=_scores(view, window),
        events=_events(view, window),
    )


def _step(view: LakeView) -> timedelta:
    """The length of a step: one bucket, or as many as keep the line short enough for a page."""
    bucket = timedelta(seconds=view.plant.profile.bucket_s)
    wide = max(1, -(-((BEFORE + AFTER) // bucket) // MAX_POINTS))
    return bucket * wide


def _signals(view: LakeView, window: Row, step: timedelta) -> tuple[Signal, ...]:
    rows = view.rows(
        """SELECT metric, time_bucket($step, bucket_at, TIMESTAMPTZ '1970-01-01') AS moment,
            (sum(sum_steps) / sum(reading_count))::DOUBLE AS mean, min(minimum_steps) AS minimum,
            max(maximum_steps) AS maximum, sum(reading_count)::BIGINT AS readings
        FROM silver.buckets WHERE machine_id = $machine AND factory_id = $factory AND bucket_at BETWEEN $start AND $end
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


def _scores(view: LakeView, window: Row) -> tuple[Score, ...]:
    rows = view.rows(
        'SELECT scored_at AS "at", score, probability, threshold, is_alarm FROM story_scores '
        "WHERE machine_id = $machine AND factory_id = $factory AND scored_at BETWEEN $start AND $end "
        "ORDER BY scored_at",
        window,
    )
    return tuple(Score(**row) for row in rows)


def _events(view: LakeView, window: Row) -> tuple[Event, ...]:
    rows = view.rows(
        """SELECT occurred_at AS "at", kind, code, coalesce(detail, '') AS detail FROM silver.machine_events
        WHERE machine_id = $machine AND factory_id = $factory AND occurred_at BETWEEN $start AND $end
        UNION ALL
        SELECT raised_at, 'alert', code, coalesce(message, '') FROM bronze.alerts
        WHERE machine_id = $machine AND factory_id = $factory AND raised_at BETWEEN $start AND $end
        ORDER BY ALL""",
        window,
    )
    return tuple(Event(**row) for row in rows)

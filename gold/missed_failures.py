"""`gold.missed_failures`: what the scores of a machine stated before a failure that no alarm announced in time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import DECISIONS
from expectations.tables.gold_missed import CASE_CAUSES, DAYS_BEFORE, MISSED_FAILURES, daily_probability

SHOWN = 10
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stated:
    """One score: what it is about and what it requests.

    Attributes:
        unscored: Why a model did not score, where nothing is requested; empty where the score says something.
    """

    at: datetime
    probability: float | None
    decision: str
    feature_digest: str
    unscored: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was seen on the machine: its words, and from when to when; one without end lasts."""

    words: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """One failure that no alarm announced in time.

    Attributes:
        kinds: Codes of what failed, joined by +.
        horizon: Of the version's failure model, as the profile writes it; `length` is its time.
        least_lead: Time before the failure by which an alarm must have been raised.
        score_every: Distance of two scores.
        is_tested: Whether the horizon has a score that says something.
        lead: From the raise of an alarm that came too late; None where none came.
        stated: All scores of the machine in the days before, by time.
        alarms_ended: Ends of alarms of the machine, ascending.
        anomalies: Anomalies of its readings, by time.
        alerts: Alerts of gateways about it, by time.
    """

    model_version: str
    source: str
    horizon: str
    length: timedelta
    machine_id: str
    factory_id: str
    machine_model: str | None
    failed_at: datetime
    kinds: str
    least_lead: timedelta
    score_every: timedelta
    is_tested: bool
    lead: timedelta | None
    stated: tuple[Stated, ...] = ()
    alarms_ended: tuple[datetime, ...] = ()
    anomalies: tuple[Found, ...] = ()
    alerts: tuple[Found, ...] = ()

    @property
    def begins_at(self) -> datetime:
        """When the horizon before the failure begins."""
        return self.failed_at - self.length


def build(cases: Iterable[Case]) -> pa.Table:
    """A row for each case, by key."""
    rows = [_row(case) for case in cases]
    rows.sort(key=lambda row: tuple(row[name] for name in MISSED_FAILURES.key))
    return pa.Table.from_pylist(rows, arrow_schema(MISSED_FAILURES))


def _row(case: Case) -> dict[str, Any]:
    window = [one for one in case.stated if case.begins_at <= one.at < case.failed_at]
    anomalies, alerts = _open(case.anomalies, case), _open(case.alerts, case)
    row = {
        "model_version": case.model_version, "source": case.source, "horizon": case.horizon,
        "machine_id": case.machine_id, "factory_id": case.factory_id, "failed_at": case.failed_at,
        "machine_model": case.machine_model, "failure_kinds": case.kinds,
        "expected_score_count": int(case.length / case.score_every), **_of_scores(case, window), **_of_days(case),
        "lead_hours": None if case.lead is None else case.lead / HOUR, "alarm_ended_at": _ended(case),
        **_known(case), "anomaly_count": len(anomalies), "anomalies": anomalies[:SHOWN],
        "gateway_alert_count": len(alerts), "gateway_alerts": list(dict.fromkeys(alerts)),
    }  # fmt: skip
    row |= {"outcome": _outcome(case), "cause": _cause(case, row)}
    return row | {"words": words(row)}


def _of_scores(case: Case, window: Sequence[Stated]) -> dict[str, Any]:
    """What the scores of the horizon say."""
    scored = [one for one in window if not one.unscored]
    reasons = Counter(one.unscored for one in window if one.unscored)
    highest, at = _highest(scored)
    times = [case.begins_at, *(one.at for one in scored), case.failed_at]
    return {
        "score_count": len(scored), "unscored_count": reasons.total(),
        "unscored_reason": min(reasons, key=lambda reason: (-reasons[reason], reason), default=None),
        "longest_gap_h": max(after - before for before, after in pairwise(times)) / HOUR,
        "highest_probability": highest, "highest_probability_at": at,
        "highest_decision": max((one.decision for one in scored), key=DECISIONS.index, default=None),
    }  # fmt: skip


def _of_days(case: Case) -> dict[str, float | None]:
    return {daily_probability(day): _highest(_of_day(case, day))[0] for day in range(1, DAYS_BEFORE + 1)}


def _of_day(case: Case, day: int) -> Iterator[Stated]:
    begin, end = case.failed_at - day * DAY, case.failed_at - (day - 1) * DAY
    return (one for one in case.stated if begin <= one.at < end and not one.unscored)


def _highest(scores: Iterable[Stated]) -> tuple[float | None, datetime | None]:
    known = [(one.probability, one.at) for one in scores if one.probability is not None]
    return max(known, key=lambda pair: pair[0], default=(None, None))


def _known(case: Case) -> dict[str, Any]:
    """The last score that was in time."""
    in_time = [one for one in case.stated if not one.unscored and one.at <= case.failed_at - case.least_lead]
    last = in_time[-1] if in_time else None
    return {"known_at": last and last.at, "feature_digest": last and last.feature_digest}


def _ended(case: Case) -> datetime | None:
    first = case.failed_at - DAYS_BEFORE * DAY
    return max((at for at in case.alarms_ended if first <= at <= case.begins_at), default=None)


def _open(found: Iterable[Found], case: Case) -> list[str]:
    """Words of what was there at any moment of the horizon."""
    return [
        one.words
        for one in found
        if one.from_at < case.failed_at and (one.until_at is None or one.until_at > case.begins_at)
    ]


def _outcome(case: Case) -> str:
    if not case.is_tested:
        return "not_scored"
    return "missed" if case.lead is None else "too_late"


def _cause(case: Case, row: dict[str, Any]) -> str:
    holds = {
        "not_scored": not case.is_tested,
        "too_late": case.lead is not None,
        "alarm_ended": row["alarm_ended_at"] is not None,
        "scores_missing": 2 * row["score_count"] < row["expected_score_count"],
        "nothing_requested": True,
    }
    return next(name for name in CASE_CAUSES if holds[name])


def words(row: dict[str, Any]) -> str:
    """A case for people.

    >>> words({"cause": "nothing_requested", "highest_probability": 0.25, "horizon": "24h", "score_count": 24,
    ...        "expected_score_count": 24, "unscored_count": 0, "anomaly_count": 2, "lead_hours": None})
    'the scores were there and requested nothing; at most 0.25 of 24 scores in 24h; 2 anomalies of readings'
    """
    parts = [CASE_CAUSES[row["cause"]]]
    if row["highest_probability"] is not None:
        parts.append(f"at most {row['highest_probability']:.2g} of {row['score_count']} scores in {row['horizon']}")
    if row["score_count"] < row["expected_score_count"]:
        parts.append(f"{row['score_count']} of {row['expected_score_count']} scores were there")
    if row["unscored_count"]:
        parts.append(f"{row['unscored_count']} not scored: {row['unscored_reason']}")
    if row["lead_hours"] is not None:
        parts.append(f"raised {row['lead_hours']:.1f} h before")
    if row["anomaly_count"]:
        parts.append(f"{row['anomaly_count']} anomal{'y' if row['anomaly_count'] == 1 else 'ies'} of readings")
    return "; ".join(parts)

"""The cases behind `gold.missed_failures`: failures that no alarm of a version announced in time, and their scores."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.gold_missed import DAYS_BEFORE, MISSED_FAILURES
from expectations.tables.machine_keys import factory_of, machine_of, moves_of
from expectations.tables.silver_anomalies import ANOMALIES
from gold.missed_failures import Case, Found, Stated, build
from jobs.quality.machine_weeks import NO_KIND
from jobs.quality.score_tables import of_scores
from jobs.quality.unseen_scores import UnseenScores, evaluated, keyed, unseen_scores
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from ml.data.failure_events import NEVER_US, next_failure_us, to_us
from ml.evaluation.outcome import EventOutcome
from ml.policy import US_PER_DAY

_STATED = ("probability", "feature_digest")
_OF_ANOMALIES = ("machine_id", "factory_id", "metric", "kind", "severity", "raised_at", "cleared_at")
_OF_ALERTS = ("machine_id", "factory_id", "raised_at", "code", "metric")
_NOTICE = "notice"
"""Severity without a limit that says whether it matters."""
Seen = dict[str, tuple[Found, ...]]


@dataclass(frozen=True, slots=True)
class _Beside:
    """What was seen on machines beside their scores, by the machine's key, by time."""

    anomalies: Seen
    alerts: Seen


def missed_failures(plant: Plant) -> WholeRecipe:
    """From every score, the failures and interventions of the machines, anomalies of readings, alerts of gateways."""
    basis = (plant.profile.labels.horizons, plant.policy)
    return of_scores(
        plant, MISSED_FAILURES, lambda given: build(_cases(plant, given)), basis, also=_STATED,
        beside={ANOMALIES: _OF_ANOMALIES, plant.tables["bronze.alerts"]: _OF_ALERTS},
    )  # fmt: skip


def _cases(plant: Plant, given: WholeInputs) -> Iterator[Case]:
    moves = moves_of(given.tables["silver.machines"])
    anomalies = given.tables[ANOMALIES.name]
    limits = keyed(anomalies.filter(pc.not_equal(anomalies.column("severity"), _NOTICE)), moves)
    alerts = keyed(_distinct(given.tables["bronze.alerts"]), moves)
    beside = _Beside(
        _seen(limits.assign(words=limits["metric"] + " " + limits["kind"] + ", " + limits["severity"]), "cleared_at"),
        _seen(alerts.assign(words=alerts["code"] + (" of " + alerts["metric"]).fillna("")), "raised_at"),
    )
    for one in unseen_scores(plant, given):
        yield from _of_version(one, beside)


def _of_version(one: UnseenScores, beside: _Beside) -> Iterator[Case]:
    """Failures that were announced too late or not at all, and those of machines without a score in the horizon."""
    known_us = int(to_us(pd.Series([one.known_until]))[0])
    one = replace(one, failures=one.failures.until(known_us))
    rows = one.rows[one.rows["scored_at"] <= one.known_until]
    outcome = evaluated(one, rows, np.asarray(rows["decision"] != "none", dtype=np.bool_))
    leads = {
        (machine, failed_us): (None if np.isnan(lead) else pd.Timedelta(hours=lead).to_pytimedelta(), bool(caught))
        for machine, failed_us, lead, caught in zip(
            outcome.failures.machine_ids.tolist(), outcome.failures.failed_us.tolist(), outcome.lead_hours.tolist(),
            outcome.caught.tolist(), strict=True,
        )
    }  # fmt: skip
    stated, scored = _stated(one, rows), {*rows["machine_id"].unique(), *one.unscored["machine_id"].unique()}
    first_us, last_us = to_us(rows["scored_at"].iloc[[0, -1]]).tolist() if len(rows) else (NEVER_US, 0)
    for machine, failed_us, kinds in zip(
        one.failures.machine_ids.tolist(), one.failures.failed_us.tolist(), one.failures.codes, strict=True
    ):
        lead, is_caught = leads.get((machine, failed_us), (None, False))
        is_tested = (machine, failed_us) in leads
        # The whole horizon was this version's: where versions change, another one may have announced the failure.
        is_whole = first_us + one.policy.horizon_us <= failed_us <= last_us + one.policy.score_every_s * 1_000_000
        if not is_caught and is_whole and (is_tested or machine in scored):
            case = _case(one, machine, failed_us, kinds)
            yield replace(
                case, is_tested=is_tested, lead=lead, stated=_before(stated.get(machine, ()), case),
                alarms_ended=_ends(outcome, machine), anomalies=beside.anomalies.get(machine, ()),
                alerts=beside.alerts.get(machine, ()),
            )  # fmt: skip


def _case(one: UnseenScores, machine: str, failed_us: int, kinds: str) -> Case:
    policy, moment = one.policy, pd.Timestamp(failed_us, unit="us", tz="UTC").to_pydatetime()
    return Case(
        one.model_version, one.source, policy.horizon, pd.Timedelta(policy.horizon_us, "us").to_pytimedelta(),
        machine_of(machine), factory_of(machine), one.models.get(machine), moment, _named(kinds),
        pd.Timedelta(hours=policy.least_lead_h).to_pytimedelta(),
        pd.Timedelta(seconds=policy.score_every_s).to_pytimedelta(), is_tested=False, lead=None,
    )  # fmt: skip


def _named(kinds: str) -> str:
    """Codes of the failures of one moment; a record may have none."""
    return "+".join(kind for kind in kinds.split("+") if kind not in NO_KIND) or "unknown"


def _stated(one: UnseenScores, rows: pd.DataFrame) -> dict[str, tuple[Stated, ...]]:
    """The scores of the days before a failure, by machine and time; of one time that which says something."""
    unscored = one.unscored.assign(why=one.unscored["not_scored_reason"])
    both = pd.concat([rows.assign(why=""), unscored]).drop_duplicates(["machine_id", "scored_at"])
    at_us = to_us(both["scored_at"])
    next_us = next_failure_us(one.failures, both["machine_id"].to_numpy(dtype=np.str_), at_us)
    is_near = (next_us < NEVER_US) & (next_us - at_us <= max(one.policy.horizon_us, DAYS_BEFORE * US_PER_DAY))
    mine = both[is_near].sort_values(["machine_id", "scored_at"])
    return {
        str(machine): tuple(
            Stated(at.to_pydatetime(), None if np.isnan(p) else p, decision, digest, why)
            for at, p, decision, digest, why in zip(
                group["scored_at"], group["probability"].astype(float).tolist(), group["decision"],
                group["feature_digest"], group["why"], strict=True,
            )
        )
        for machine, group in mine.groupby("machine_id")
    }  # fmt: skip


def _before(stated: tuple[Stated, ...], case: Case) -> tuple[Stated, ...]:
    first = case.failed_at - max(case.length, pd.Timedelta(days=DAYS_BEFORE).to_pytimedelta())
    return tuple(one for one in stated if first <= one.at < case.failed_at)


def _ends(outcome: EventOutcome, machine: str) -> tuple[datetime, ...]:
    found = outcome.alarms.get(machine)
    if found is None:
        return ()
    ends = found.alarms.cleared_us[found.alarms.cleared_us != NEVER_US]
    return tuple(pd.to_datetime(ends, unit="us", utc=True).to_pydatetime())


def _distinct(alerts: pa.Table) -> pa.Table:
    """Alerts that came once; the same one may be sent more than once."""
    return alerts.group_by(list(_OF_ALERTS), use_threads=False).aggregate([])


def _seen(frame: pd.DataFrame, until: str) -> Seen:
    ordered = frame.sort_values(["machine_id", "raised_at", "words"])
    found: dict[str, list[Found]] = {}
    for machine, words, begin, end in zip(
        ordered["machine_id"], ordered["words"], ordered["raised_at"], ordered[until], strict=True
    ):
        last = None if pd.isna(end) else end.to_pydatetime()
        found.setdefault(machine, []).append(Found(words, begin.to_pydatetime(), last))
    return {machine: tuple(each) for machine, each in found.items()}

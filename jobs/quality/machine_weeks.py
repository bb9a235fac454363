"""Alarms and failures of each machine, week by week: an alarm belongs to the week that raised it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from expectations.tables.machine_keys import factory_of
from gold.maintenance_savings import MachineOutcome
from gold.model_performance import Did, Event, MachineWeek
from gold.sampled_answers import Drawn
from jobs.quality.unseen_scores import UnseenScores
from ml.data.dataset import Mask
from ml.data.failure_events import Int64, to_us
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.outcome import EventOutcome
from ml.policy import HOURS_PER_YEAR, US_PER_DAY

WEEK_US = 7 * US_PER_DAY
_MONDAY_US = 4 * US_PER_DAY
"""The first Monday of the epoch, which began on a Thursday."""
NO_KIND = {"", "None", "nan"}
"""Texts of a failure without a code."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """What the alarms of the model did, and those of the plain rule; None where there is none.

    `drawn` are the scores of each machine that were drawn for technicians, with their times, UTC microseconds.
    """

    model: EventOutcome
    plain: EventOutcome | None
    drawn: Mapping[str, Sequence[tuple[int, Drawn]]] = field(default_factory=dict)


def machine_weeks(one: UnseenScores, rows: pd.DataFrame, flagged: Flagged) -> tuple[MachineWeek, ...]:
    """Every machine and week with a score, a failure or an alarm.

    Args:
        one: Whose scores these are.
        rows: All its scores, with the value of the plain rule's feature where it has one.
        flagged: What alarms did at those until failures are known.
    """
    limits = [name for name in rows.columns if name not in one.rows.columns]
    frame = pd.DataFrame(
        {
            "machine": rows["machine_id"],
            "week": week_of(to_us(rows["scored_at"])),
            "is_matured": to_us(rows["scored_at"]) + one.policy.horizon_us <= _us(one.known_until),
            "has_features": rows[limits[0]].notna() if limits else False,
        }
    )
    sums = frame.groupby(["machine", "week"]).agg(
        scores=("week", "size"), matured=("is_matured", "sum"), features=("has_features", "sum")
    )
    scored = {key: tuple(map(int, row)) for key, *row in sums.itertuples()}
    keys = {*scored, *_keys(flagged.model), *(_keys(flagged.plain) if flagged.plain else ())}
    return tuple(
        _cell(one, flagged, machine, week, scored.get((machine, week), (0, 0, 0))) for machine, week in sorted(keys)
    )


def week_of(times_us: Int64) -> Int64:
    """The week of each time: how many Mondays, 00:00 UTC, it lies behind the epoch's first.

    >>> week_of(np.array([0, _MONDAY_US - 1, _MONDAY_US, _MONDAY_US + WEEK_US])).tolist()
    [-1, -1, 0, 1]
    """
    return np.asarray((times_us - _MONDAY_US) // WEEK_US, dtype=np.int64)


def _cell(one: UnseenScores, flagged: Flagged, machine: str, week: int, scored: tuple[int, ...]) -> MachineWeek:
    scores, matured, with_features = scored
    return MachineWeek(
        machine=machine, machine_model=one.models.get(machine), site=factory_of(machine),
        week_at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=week * WEEK_US + _MONDAY_US),
        scores=scores, matured=matured, exposure=matured * one.policy.score_every_s / 3600 / HOURS_PER_YEAR,
        did=_did(one, flagged.model, machine, week),
        plain=_did(one, flagged.plain, machine, week) if flagged.plain else None, with_features=with_features,
        drawn=tuple(each for at_us, each in flagged.drawn.get(machine, ()) if week_of(np.array([at_us]))[0] == week),
    )  # fmt: skip


def _did(one: UnseenScores, outcome: EventOutcome, machine: str, week: int) -> Did:
    failures = outcome.failures
    mine = (failures.machine_ids == machine) & (week_of(failures.failed_us) == week)
    events = tuple(_event(outcome, place) for place in np.flatnonzero(mine).tolist())
    found, caught = outcome.alarms.get(machine), sum(event.is_caught for event in events)
    costs, repair_frac = one.policy.costs.of_model(one.models.get(machine)), outcome.intervention_repair_frac
    if found is None:
        return Did(events, MachineOutcome(costs, len(events), caught, repair_frac=repair_frac))
    raised = week_of(found.alarms.raised_us) == week
    is_settled = found.is_settled(_us(one.known_until), one.policy.horizon_us)
    calls = _known_calls(one, found, is_settled) & (week_of(found.alarms.calls_us) == week)
    return Did(
        events,
        MachineOutcome(
            costs, len(events), caught, int(raised.sum()), int(calls.sum()), int((calls & found.is_vain).sum()),
            int((raised & is_settled & found.is_intervened).sum()),
            int((raised & is_settled & found.is_confirmed).sum()), repair_frac,
        ),
        false=int((raised & is_settled & found.is_false).sum()), open=int((raised & ~is_settled).sum()),
    )  # fmt: skip


def _known_calls(one: UnseenScores, found: AlarmOutcomes, is_settled: Mask) -> Mask:
    """Calls whose outcome is known: a failure followed, or the horizon is over; a raise waits for its alarm as well."""
    is_over = found.alarms.calls_us + one.policy.horizon_us <= _us(one.known_until)
    is_waiting = found.is_raise & ~is_settled[found.alarms.alarm_of_call]
    return np.asarray(found.is_useful | (is_over & ~is_waiting), dtype=np.bool_)


def _event(outcome: EventOutcome, place: int) -> Event:
    lead = float(outcome.lead_hours[place])
    kinds = tuple("unknown" if kind in NO_KIND else kind for kind in outcome.failures.codes[place].split("+"))
    return Event(kinds, None if np.isnan(lead) else lead, bool(outcome.caught[place]))


def _keys(outcome: EventOutcome) -> Iterable[tuple[str, int]]:
    failures = outcome.failures
    yield from zip(failures.machine_ids.tolist(), week_of(failures.failed_us).tolist(), strict=True)
    for machine, found in outcome.alarms.items():
        for times_us in (found.alarms.raised_us, found.alarms.calls_us):
            yield from ((machine, week) for week in week_of(times_us).tolist())


def _us(time: pd.Timestamp) -> int:
    return int(to_us(pd.Series([time]))[0])

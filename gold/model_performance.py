"""`gold.model_performance`: how well models did, by week and for parts of the fleet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pyarrow as pa

from domain.wilson import wilson_interval
from expectations.chance_intervals import poisson_interval
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from gold.maintenance_savings import MachineOutcome, cost_cents
from gold.sampled_answers import Drawn, estimates

FEW = 10
"""Events below which a recall is no figure to act on. Source: a 95 % Wilson interval of 9 of 10 is 0.4 wide."""
UNKNOWN, ALL = "unknown", "all"
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Event:
    """A failure, and the hours before it at which it was announced; None where it was not."""

    kinds: tuple[str, ...]
    lead_hours: float | None
    is_caught: bool


@dataclass(frozen=True, slots=True)
class Did:
    """What a set of alarms did on one machine in one week.

    Attributes:
        events: Failures of the week.
        outcome: Counts and prices of what is known; `alarms` are all that were raised in the week.
        false: Alarms that ended with nothing.
        open: Alarms whose outcome is not known yet.
    """

    events: tuple[Event, ...]
    outcome: MachineOutcome
    false: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class MachineWeek:
    """One machine in one week, which begins on Monday, UTC.

    Attributes:
        scores: Scores that the model made; `matured` of them have a known label.
        exposure: Machine-years of the matured ones.
        did: By the model's alarms.
        plain: By the plain rule's; None where there is none. `with_features` of the scores could be looked at.
        drawn: Scores that were drawn for technicians.
    """

    machine: str
    machine_model: str | None
    site: str
    week_at: datetime
    scores: int
    matured: int
    exposure: float
    did: Did
    plain: Did | None = None
    with_features: int = 0
    drawn: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True)
class Performance:
    """The scores of one version and source that it had not seen; `has_costs` where the profile has prices."""

    model_version: str
    source: str
    horizon: str
    first_at: datetime
    last_at: datetime
    cells: tuple[MachineWeek, ...]
    plain_rule: str | None = None
    has_costs: bool = True


def build(performances: Iterable[Performance]) -> pa.Table:
    """Rows of every period and slice, by key."""
    rows = [row for one in performances for row in _rows(one)]
    rows.sort(key=lambda row: tuple(row[name] for name in MODEL_PERFORMANCE.key))
    return pa.Table.from_pylist(rows, arrow_schema(MODEL_PERFORMANCE))


def _rows(one: Performance) -> Iterator[dict[str, Any]]:
    weeks = defaultdict[datetime, list[MachineWeek]](list)
    for cell in one.cells:
        weeks[cell.week_at].append(cell)
    periods = [("week", at, at + WEEK, cells) for at, cells in weeks.items()]
    for period, start_at, end_at, cells in (*periods, ("all", one.first_at, one.last_at, list(one.cells))):
        named = {"model_version": one.model_version, "source": one.source, "horizon": one.horizon, "period": period,
                 "period_start_at": start_at, "period_end_at": end_at}  # fmt: skip
        fleet = _figures(one, cells)
        yield _row(fleet, "fleet", ALL, fleet) | named
        for slice_, value, mine in _slices(cells):
            yield _row(_figures(one, mine), slice_, value, fleet) | named
        for kind in sorted({kind for cell in cells for event in cell.did.events for kind in event.kinds}):
            yield _row(_of_kind(cells, kind), "failure_kind", kind, fleet) | named


def _slices(cells: Sequence[MachineWeek]) -> Iterator[tuple[str, str, list[MachineWeek]]]:
    models, sites = defaultdict[str, list[MachineWeek]](list), defaultdict[str, list[MachineWeek]](list)
    for cell in cells:
        models[cell.machine_model or UNKNOWN].append(cell)
        sites[cell.site].append(cell)
    yield from (("machine_model", value, mine) for value, mine in sorted(models.items()))
    yield from (("site", value, mine) for value, mine in sorted(sites.items()))


def _figures(one: Performance, cells: Sequence[MachineWeek]) -> dict[str, Any]:
    """All columns but those that name the row or compare it."""
    scores, matured = sum(cell.scores for cell in cells), sum(cell.matured for cell in cells)
    exposure, did = sum(cell.exposure for cell in cells), [cell.did for cell in cells]
    figures = {
        "score_count": scores, "matured_frac": matured / scores if scores else None,
        "machine_count": len({cell.machine for cell in cells if cell.scores}), "exposure_machine_years": exposure,
        **_of_events([event for each in did for event in each.events]), **_of_alarms(did, exposure),
        "cost_cents": cost_cents([each.outcome for each in did]) if one.has_costs else None,
        **estimates(cell.drawn for cell in cells),
    }  # fmt: skip
    plain = [cell.plain for cell in cells if cell.plain is not None]
    return figures | (_of_plain(one, cells, plain) if one.plain_rule and plain else {})


def _of_events(events: Sequence[Event]) -> dict[str, Any]:
    caught = [event.lead_hours for event in events if event.is_caught and event.lead_hours is not None]
    late = sum(event.lead_hours is not None and not event.is_caught for event in events)
    low, high = wilson_interval(len(caught), len(events)) if events else (None, None)
    return {
        "event_count": len(events), "caught_count": len(caught), "too_late_count": late,
        "missed_count": len(events) - len(caught) - late, "recall": len(caught) / len(events) if events else None,
        "recall_low": low, "recall_high": high, "lead_hours_median": median(caught) if caught else None,
    }  # fmt: skip


def _of_alarms(did: Sequence[Did], exposure: float) -> dict[str, Any]:
    calls, vain = sum(each.outcome.calls for each in did), sum(each.outcome.vain_calls for each in did)
    false = sum(each.false for each in did)
    low, high = wilson_interval(calls - vain, calls) if calls else (None, None)
    least, most = (end / exposure for end in poisson_interval(false)) if exposure else (None, None)
    return {
        "alarm_count": sum(each.outcome.alarms for each in did), "false_count": false,
        "intervened_count": sum(each.outcome.intervened for each in did), "open_count": sum(each.open for each in did),
        "call_count": calls, "vain_call_count": vain, "precision": (calls - vain) / calls if calls else None,
        "precision_low": low, "precision_high": high,
        "false_alarms_per_machine_year": false / exposure if exposure else None,
        "false_alarms_low": least, "false_alarms_high": most,
    }  # fmt: skip


def _of_plain(one: Performance, cells: Sequence[MachineWeek], plain: Sequence[Did]) -> dict[str, Any]:
    scores = sum(cell.scores for cell in cells)
    events = _of_events([event for each in plain for event in each.events])
    alarms = _of_alarms(plain, sum(cell.exposure for cell in cells))
    return {
        "plain_rule": one.plain_rule,
        "plain_scored_frac": sum(cell.with_features for cell in cells) / scores if scores else None,
        "plain_caught_count": events["caught_count"], "plain_recall": events["recall"],
        "plain_false_count": alarms["false_count"], "plain_precision": alarms["precision"],
        "plain_false_alarms_per_machine_year": alarms["false_alarms_per_machine_year"],
        "plain_cost_cents": cost_cents([each.outcome for each in plain]) if one.has_costs else None,
    }  # fmt: skip


def _of_kind(cells: Sequence[MachineWeek], kind: str) -> dict[str, Any]:
    """Figures of one kind's failures alone: an alarm does not say which kind it is about."""
    return _of_events([event for cell in cells for event in cell.did.events if kind in event.kinds])


def _row(figures: dict[str, Any], slice_: str, value: str, fleet: dict[str, Any]) -> dict[str, Any]:
    """A row with what it says of itself, and beside the fleet."""
    behind = [] if slice_ == "fleet" else [*_recall_behind(figures, fleet), *_alarms_above(figures, fleet)]
    events, matured = figures["event_count"], figures.get("matured_frac")
    notes = [f"{value}: {words}" for words in behind]
    if matured is not None and matured < 1:
        notes.append(f"{matured:.0%} of the labels have matured")
    if events < FEW:
        notes.append(f"{events} event{'s' * (events != 1)}: fewer than {FEW}, no figure to act on")
    empty = dict.fromkeys(MODEL_PERFORMANCE.column_names)
    return empty | figures | {"slice": slice_, "slice_value": value, "is_few_events": events < FEW,
                              "is_behind": bool(behind), "note": "; ".join(notes)}  # fmt: skip


def _recall_behind(figures: dict[str, Any], fleet: dict[str, Any]) -> Iterator[str]:
    if figures["event_count"] >= FEW and figures["recall_high"] < fleet["recall"]:
        yield (
            f"caught {figures['caught_count']} of {figures['event_count']}, the fleet {fleet['caught_count']} of "
            f"{fleet['event_count']}"
        )


def _alarms_above(figures: dict[str, Any], fleet: dict[str, Any]) -> Iterator[str]:
    low, rate = figures.get("false_alarms_low"), fleet["false_alarms_per_machine_year"]
    if low is not None and low > rate:
        own = figures["false_alarms_per_machine_year"]
        yield f"{own:.1f} false alarms per machine-year, the fleet {rate:.1f}"

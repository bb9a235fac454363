"""`gold.alarm_reasons`: which scores raise an alarm, and what each feature of them added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Flags, Micros, begins, coded, micros

SCORE = ("machine_id", "factory_id", "scored_at", "scored_date", "bundle", "decision", "feature_digest")
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Named:
    """A feature with its unit, in the order of the vector, or a residual column behind it.

    Attributes:
        residual_of: Of a residual column the feature that is predicted; empty: it is a feature itself.
        predicted_by: The features that predict it.
    """

    name: str
    unit: str
    residual_of: str = ""
    predicted_by: tuple[str, ...] = ()


def raised(scores: pa.Table, dates: Sequence[date], clear_us: int) -> pa.Table:
    """The scores that raise an alarm, one of each machine, time and bundle: no other alarmed in the quiet time before.

    Args:
        scores: The columns `SCORE` of `gold.predictions`, from the quiet time before the first date on.
        dates: UTC dates of the scores wanted.
        clear_us: An alarm clears when no score asked for anything for this long, microseconds.
    """
    alarms = scores.select(list(SCORE)).filter(pc.not_equal(scores.column("decision"), "none"))
    if not alarms.num_rows:
        return alarms
    machine, factory, bundle = (coded(alarms, name).codes for name in ("machine_id", "factory_id", "bundle"))
    at_us = micros(alarms, "scored_at")
    order = np.lexsort((at_us, bundle, factory, machine))
    is_first = _is_first(at_us[order], begins((machine, factory, bundle), order), clear_us)
    wanted = pc.is_in(alarms.column("scored_date"), pa.array(dates, pa.date32())).to_numpy()
    return alarms.take(order[is_first & wanted[order]])


def _is_first(at_us: Micros, is_other: Flags, clear_us: int) -> Flags:
    """Rows sorted by group and time that no alarm of their group precedes by the quiet time or less."""
    quiet = np.diff(at_us, prepend=at_us[:1])
    first: Flags = is_other | (quiet > clear_us)
    return first


def reasons(
    score: dict[str, Any], features: Sequence[Named], vector: Vector, added: Vector | None
) -> list[dict[str, Any]]:
    """Rows of one alarm.

    Args:
        score: Machine, time, bundle and decision.
        features: Of the vector, and the residual columns that the model adds to it.
        vector: Their values, NaN for a missing one.
        added: Contribution of each to the margin, log-odds; None: not known.
    """
    places = range(len(features)) if added is None else np.argsort(-added, kind="stable").tolist()
    own = {name: score[name] for name in ("machine_id", "factory_id", "scored_at", "scored_date", "bundle", "decision")}
    return [
        {
            **own,
            "feature": features[at].name,
            "value": None if isnan(vector[at]) else float(vector[at]),
            "unit": features[at].unit,
            "contribution": None if added is None else float(added[at]),
            "rank": rank,
            "words": words(features[at], float(vector[at]), None if added is None else float(added[at])),
        }
        for rank, at in enumerate(places, start=1)
    ]


def words(feature: Named, value: float, added: float | None) -> str:
    """One reason for people; a contribution multiplies the odds of a failure by its exponential.

    >>> words(Named("heat_mean_6h", "C"), 81.25, 0.6931471805599453)
    'heat_mean_6h is 81.25 C: the odds of a failure times 2'
    >>> words(Named("heat_mean_6h", "C"), float("nan"), None)
    'heat_mean_6h is missing'
    >>> words(Named("heat_residual", "1", "heat", ("speed", "current")), 3.21, None)
    'heat is 3.2 spreads above what speed and current predict'
    """
    found = _deviates(feature, value) if feature.residual_of else _measures(feature, value)
    return found if added is None else f"{found}: the odds of a failure times {exp(min(added, 700.0)):.3g}"


def _measures(feature: Named, value: float) -> str:
    unit = "" if feature.unit in ("", "1") else f" {feature.unit}"
    return f"{feature.name} is {'missing' if isnan(value) else f'{value:.6g}{unit}'}"


def _deviates(feature: Named, value: float) -> str:
    """A spread is the standard deviation of healthy rows of the machine model."""
    *others, last = feature.predicted_by
    by = f"{', '.join(others)} and {last} predict" if others else f"{last} predicts"
    if isnan(value):
        return f"what {feature.residual_of} deviates from what {by} is missing"
    return f"{feature.residual_of} is {abs(value):.1f} spreads {'below' if value < 0 else 'above'} what {by}"

"""The numbers behind the pictures of a model: what the card and the report draw, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision over recall of held-out rows, fractions of 1, recall ascending.

    Attributes:
        recall: At most one point for each 0.5 % of recall, and the last.
        precision: At the same points.
        prevalence: Rows before a failure, as a fraction of all rows.
        chosen_recall: At the alarm threshold.
        chosen_precision: The same; 0 where no row is above it.
    """

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    prevalence: float
    chosen_recall: float
    chosen_precision: float


@dataclass(frozen=True, slots=True)
class CostMark:
    """Cost at one margin, dollars; `probability` is the one that policy names, None for the cheapest margin."""

    margin: float
    cost: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class CostLine:
    """Cost of the held-out time over the margin to alarm at, dollars, margins ascending.

    Attributes:
        margins: Log-odds.
        costs: At the same margins.
        never: Cost without any alarm.
        always: Cost of an alarm that never ends.
        chosen: The cheapest margin.
        limits: Margins of the policy's probabilities; one that no row reaches is left out.
    """

    margins: tuple[float, ...]
    costs: tuple[float, ...]
    never: float
    always: float
    chosen: CostMark
    limits: tuple[CostMark, ...]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Held-out rows whose probability is in [low, high): their mean probability, and how many failed."""

    low: float
    high: float
    rows: int
    positives: int
    mean_probability: float


@dataclass(frozen=True, slots=True)
class FeatureWeight:
    """Mean absolute contribution of a feature to the margin, log-odds; `telemetry` as in ``features.json``."""

    name: str
    weight: float
    telemetry: bool


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Hours from alarm to failure of the announced failures, descending, out of so many tested."""

    hours: tuple[float, ...]
    tested: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Alarms and failures of one machine in held-out time, UTC microseconds, ascending.

    Attributes:
        episodes_us: When alarm episodes opened.
        announced_us: Failures that an episode announced.
        missed_us: The other failures.
    """

    name: str
    episodes_us: tuple[int, ...]
    announced_us: tuple[int, ...]
    missed_us: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Held-out time of the machines with most failures and alarms, by name.

    Attributes:
        first_us: First held-out row.
        last_us: Last held-out row.
        horizon_us: Length of an episode with its cool-down.
        machines: At most 60 of them.
        machine_count: Of all machines with held-out rows.
    """

    first_us: int
    last_us: int
    horizon_us: int
    machines: tuple[Machine, ...]
    machine_count: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """``pictures.json``, of a folder with a failure model; folders of before it was written lack it."""

    FILE: ClassVar[str] = "pictures.json"

    precision_recall: PrecisionRecall
    cost: CostLine
    calibration: tuple[CalibrationBin, ...]
    importance: tuple[FeatureWeight, ...]
    lead_time: LeadTimes
    timeline: Timeline

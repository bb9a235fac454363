"""The threshold that the policy chooses, on real events: 100 machines for a year, without any telemetry.

`python -m bench.azure_events` trains on what lies before September 2015, an embargo apart, and prints failures caught
and false alarms from September on, beside the cost formula and a probability of one half; then beside every plain rule,
by limits of the time before September, and beside the best one in hindsight. It needs the Azure set's
lists of errors, maintenance, failures and machines in `--data`.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log
from pathlib import Path

import numpy as np

from bench.azure_set import folder_asked_for
from bench.measure import machine_line
from bench.rules_beside import Beside, rules_beside
from expectations.features import Feature, features_of, longest_window_s
from expectations.plant.file import load_profile
from ml.data.dataset import NO_LABEL, Dataset, FeatureList, Float64
from ml.data.failure_events import FailureEvents, Int64
from ml.evaluation.cross_fit import Choice, choose, cross_fit
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.splits import Origin
from ml.evaluation.threshold import formula_probability
from ml.models.failure_model import FailureParams, margins, train_failure_model
from ml.policy import US_PER_HOUR, Policy

BEGAN, TESTED, ENDED = (
    datetime(2015, 1, 1, 6, tzinfo=UTC), datetime(2015, 9, 1, tzinfo=UTC), datetime(2016, 1, 1, 6, tzinfo=UTC),
)  # fmt: skip
LISTS = {
    "error": ("PdM_errors", "errorID"),
    "maintenance": ("PdM_maint", "comp"),
    "failure": ("PdM_failures", "failure"),
}
PARAMS = FailureParams(rounds=150, max_depth=6)
Events = Mapping[tuple[str, str], Mapping[str, Int64]]
"""Times by machine and kind, then by code."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured.

    Attributes:
        choice: Threshold and calibration of the booster.
        outcomes: By the name of what chose the threshold; the policy's comes first.
        predicted: Positive rows of the tested time that the probabilities add up to.
        observed: Those that came.
    """

    choice: Choice
    outcomes: Mapping[str, EventOutcome]
    predicted: float
    observed: int


def measure(data: Path, machines: int = 100) -> Result:
    """Train on the first machines' time before September and test on the rest of the year."""
    declared, policy = declared_features(), Policy.of(load_profile("azure_pdm"))
    rows = dataset_of(data, declared, machines, policy)
    embargo_us = policy.embargo_us(longest_window_s(declared))
    known = rows.keep(rows.labelled & (rows.scored_us <= us_of(TESTED) - embargo_us))
    booster = train_failure_model(known, PARAMS)
    choice = choose(cross_fit(known, policy.calibration_folds, embargo_us, PARAMS), policy)
    tested = rows.keep(rows.labelled & (rows.scored_us >= us_of(TESTED)))
    scores, evaluator = margins(booster, tested.values), EpisodeEvaluator(tested, policy)
    formula = formula_probability(policy.costs)
    thresholds = {"policy": choice.threshold, "cost formula": log(formula / (1 - formula)), "p >= 0.5": 0.0}
    return Result(
        choice,
        {name: evaluator.evaluate(scores >= at) for name, at in thresholds.items()},
        float(choice.calibrator.probability(scores).sum()),
        int((tested.label == 1).sum()),
    )


def declared_features() -> tuple[Feature, ...]:
    """Those of the profile that need no telemetry."""
    return tuple(feature for feature in features_of(load_profile("azure_pdm")) if not feature.is_telemetry)


def by_rules(data: Path, machines: int = 100) -> Beside:
    """Every plain rule on the same rows."""
    declared, policy = declared_features(), Policy.of(load_profile("azure_pdm"))
    rows = dataset_of(data, declared, machines, policy)
    embargo_us = policy.embargo_us(longest_window_s(declared))
    origin = Origin(us_of(TESTED) - embargo_us, us_of(TESTED), us_of(ENDED) + 1)
    return rules_beside(rows, FeatureList.of(declared), (origin,), policy)


def dataset_of(data: Path, declared: Sequence[Feature], machines: int, policy: Policy) -> Dataset:
    """Hourly rows of the first machines with the features that the profile makes of events and attributes."""
    events, listed = read_events(data), read_rows(data, "PdM_machines")[:machines]
    at_us = np.arange(us_of(BEGAN), us_of(ENDED) + 1, US_PER_HOUR)
    values = [np.column_stack([column(each, row, events, at_us) for each in declared]) for row in listed]
    labels = [label_of(_all(events, row["machineID"], "failure"), at_us, policy.horizon_us) for row in listed]
    names = [row["machineID"] for row in listed]
    order = np.argsort(np.tile(at_us, len(names)), kind="stable")
    failed = [(name, at) for name in sorted(names) for at in _all(events, name, "failure").tolist()]
    return Dataset(
        machine_ids=np.repeat(np.array(names, dtype=np.str_), len(at_us))[order],
        scored_us=np.tile(at_us, len(names))[order],
        values=np.concatenate(values)[order],
        label=np.concatenate(labels)[order],
        failures=FailureEvents(
            np.array([name for name, _ in failed], dtype=np.str_),
            np.array([at for _, at in failed], dtype=np.int64),
            ("",) * len(failed),
        ),
    )


def column(feature: Feature, machine: Mapping[str, str], events: Events, at_us: Int64) -> Float64:
    """One feature of one machine at these times: only events strictly earlier count."""
    if feature.kind == "attribute":
        return np.full(len(at_us), float(machine["age"]))
    if feature.kind not in ("event_count", "hours_since"):
        return np.full(len(at_us), float(machine["model"] == feature.level))
    of_kind = events.get((machine["machineID"], feature.event_kind), {})
    none = np.zeros(0, dtype=np.int64)
    times = of_kind.get(feature.code, none) if feature.code else _merged(of_kind)
    before = np.searchsorted(times, at_us)
    if feature.kind == "event_count":
        return (before - np.searchsorted(times, at_us - feature.window_s * 1_000_000)).astype(np.float64)
    last = np.append(times, 0)[before - 1]
    return np.where(before > 0, (at_us - last) / US_PER_HOUR, np.nan)


def label_of(failed_us: Int64, at_us: Int64, horizon_us: int) -> np.ndarray:
    """1 where a failure follows within the horizon, else 0; none in the repair of a day or where the year ends."""
    following = np.append(failed_us, at_us[-1] * 2)[np.searchsorted(failed_us, at_us, side="right")]
    label = np.where(following - at_us <= horizon_us, 1, 0).astype(np.int8)
    place = np.searchsorted(failed_us, at_us, side="right")
    is_down = (place > 0) & (at_us - np.append(failed_us, 0)[place - 1] < horizon_us)
    label[is_down | (at_us + horizon_us > at_us[-1])] = NO_LABEL
    return label


def read_events(data: Path) -> Events:
    """All events of the three lists."""
    found: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for kind, (name, code) in LISTS.items():
        for row in read_rows(data, name):
            found[row["machineID"], kind][row[code]].append(us_of(datetime.fromisoformat(row["datetime"])))
    return {
        key: {code: np.unique(np.array(times, dtype=np.int64)) for code, times in codes.items()}
        for key, codes in found.items()
    }


def _all(events: Events, machine: str, kind: str) -> Int64:
    return _merged(events.get((machine, kind), {}))


def _merged(codes: Mapping[str, Int64]) -> Int64:
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *codes.values()]))


def read_rows(data: Path, name: str) -> list[dict[str, str]]:
    """Rows of one list; machines are m001 to m100."""
    with (data / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, "machineID": f"m{int(row['machineID']):03d}"} for row in csv.DictReader(file)]


def us_of(at: datetime) -> int:
    """UTC microseconds of a time of the set, whose zone is taken as UTC."""
    return int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print each threshold with its denominators."""
    if (asked := folder_asked_for(argv, __doc__)) is None:
        return 0
    data, is_small = asked
    print(machine_line())
    machines = 12 if is_small else 100
    result = measure(data, machines)
    for name, outcome in result.outcomes.items():
        print(
            f"{name:13} caught {outcome.recall.hits}/{outcome.recall.total}, {outcome.false_episodes} false alarms in "
            f"{outcome.machine_years:.1f} machine-years: {outcome.false_alarms_per_machine_year:.2f} a machine-year"
        )
    print(
        f"threshold {result.choice.threshold:.3f} by {result.choice.source}, {result.choice.failures} failures; "
        f"positives predicted by observed {result.predicted:,.0f}/{result.observed:,} = "
        f"{result.predicted / result.observed:.2f}; aim: at least 224/226 caught, at most 1.2 false a machine-year",
        flush=True,
    )
    for line in by_rules(data, machines).lines(result.outcomes["policy"]):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

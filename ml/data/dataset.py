"""The data set: rows in one canonical order, labels checked against the failures themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from expectations.features import Feature, delays_of, longest_window_s
from expectations.model_folder.derived import Derived
from expectations.residuals import Residuals
from ml.data.derived_rules import DerivedRules
from ml.data.failure_events import (
    NO_EVENTS,
    FailureEvents,
    Int64,
    Strings,
    failure_events,
    next_failure_us,
    to_us,
)
from ml.data.incidents import NO_INCIDENTS, Incidents, incidents_of
from ml.errors import FrameError, LeakError
from ml.policy import US_PER_DAY, Policy

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LARGEST = float(np.finfo(np.float32).max)
NO_LABEL = -1
"""Label of a row that is censored or excluded: neither failing nor healthy."""


@dataclass(frozen=True, slots=True)
class FeatureList:
    """Feature columns in the order the model sees them.

    Attributes:
        names: Column names in order.
        telemetry: Those made from sensor readings; the rest are events and attributes.
        longest_window_s: Longest look-back of any feature window, seconds, the delay of its events included.
        units: Canonical unit of each name; empty where unknown.
        delays: Kind of event -> how much later than its time features use it, seconds; of kinds that have a delay.
        measured: Name -> metric and statistic, of telemetry; empty where unknown.
        events: Of features of events, name -> pattern of the same figure of every code; empty where unknown.
        risk: Name -> 1 where the risk of a failure never falls as the feature grows, -1 where it never rises.
        residuals: Means that others explain, for each machine model; None where the plant states none.
    """

    names: tuple[str, ...]
    telemetry: frozenset[str]
    longest_window_s: int
    units: tuple[str, ...] = ()
    delays: Mapping[str, int] = field(default_factory=dict)
    measured: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    risk: Mapping[str, int] = field(default_factory=dict)
    residuals: Residuals | None = None

    def __post_init__(self) -> None:
        unknown = sorted(self.telemetry - set(self.names))
        if unknown or len(set(self.names)) != len(self.names):
            raise FrameError(
                f"feature list has repeated names or telemetry names {unknown} outside the list: "
                "declare each feature once"
            )

    @classmethod
    def of(
        cls,
        features: tuple[Feature, ...],
        risk: Mapping[str, int] = MappingProxyType({}),
        residuals: Residuals | None = None,
    ) -> FeatureList:
        """The list of a plant's declared features, in vector order."""
        return cls(
            names=tuple(feature.name for feature in features),
            telemetry=frozenset(feature.name for feature in features if feature.is_telemetry),
            longest_window_s=longest_window_s(features),
            units=tuple(feature.unit for feature in features),
            delays=delays_of(features),
            events={each.name: each.of_every_code for each in features if each.event_kind},
            measured={each.name: (each.metric, each.statistic) for each in features if each.is_telemetry},
            risk=dict(risk),
            residuals=residuals,
        )

    @property
    def constraints(self) -> tuple[int, ...]:
        """For each feature 1, -1, or 0 where nothing is stated; empty where nothing is of any."""
        return tuple(self.risk.get(name, 0) for name in self.names) if self.risk else ()

    def indices(self, *, telemetry: bool) -> NDArray[np.int32]:
        """Positions of the telemetry features, or of all others."""
        found = [i for i, name in enumerate(self.names) if (name in self.telemetry) == telemetry]
        return np.asarray(found, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class TrainingFrames:
    """What jobs read from gold for one training.

    Attributes:
        features: machine_id, scored_at (UTC), then the feature columns, float64, NaN for null.
        labels: machine_id, scored_at, nullable ``failure_within_*`` of 1, 0, null.
        failures: machine_id, failed_at, code.
        maintenance: machine_id, occurred_at; may be empty.
        models: Machine model by machine_id, for plants that price decisions by it; machines may be missing.
        interventions: machine_id, occurred_at, finding, of the maintenance that censors; None where there is none. The
            labels then say in ``censored_within_*`` which rows they leave unknown.
        incidents: machine_id, from_at, until_at, meaning, of the profile; None where it lists none.
    """

    features: pd.DataFrame
    labels: pd.DataFrame
    failures: pd.DataFrame
    maintenance: pd.DataFrame
    models: Mapping[str, str] = field(default_factory=dict)
    interventions: pd.DataFrame | None = None
    incidents: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows in order of (scored_us, machine_id), with the failures they are evaluated by.

    Attributes:
        machine_ids: shape (n,).
        scored_us: UTC microseconds, shape (n,).
        values: Features, float64, shape (n, f), NaN for null.
        label: int8 of 1, 0 or `NO_LABEL`, shape (n,).
        failures: All failures of machines that have rows, also those before the first row.
        models: Machine model by machine_id, as far as known.
        interventions: Maintenance that censors; `codes` are the findings, empty where nobody says.
        censored: True where an intervention leaves the label unknown, and nothing else does, shape (n,); None: nowhere.
        incidents: Known incidents, also of machines without rows.
        derived: Residual columns that boosters of these rows add to them; None: none.
        fitted: Their fit, of a training that these rows belong to; None: each booster fits them on its own rows.
    """

    machine_ids: Strings
    scored_us: Int64
    values: Float64
    label: NDArray[np.int8]
    failures: FailureEvents
    models: Mapping[str, str] = field(default_factory=dict)
    interventions: FailureEvents = NO_EVENTS
    censored: Mask | None = None
    incidents: Incidents = NO_INCIDENTS
    derived: DerivedRules | None = None
    fitted: Derived | None = None

    def __len__(self) -> int:
        return len(self.scored_us)

    @property
    def labelled(self) -> Mask:
        """True where the row has a label."""
        return np.asarray(self.label != NO_LABEL, dtype=np.bool_)

    @property
    def evaluated(self) -> Mask:
        """True where alarms are evaluated: rows with a label, and those before an intervention."""
        return self.labelled if self.censored is None else self.labelled | self.censored

    @property
    def matrix(self) -> Float32:
        """Features as the model sees them: float32."""
        return self.values.astype(np.float32)

    def keep(self, mask: Mask) -> Dataset:
        """Rows where ``mask`` is true, same order."""
        return replace(
            self,
            machine_ids=self.machine_ids[mask],
            scored_us=self.scored_us[mask],
            values=self.values[mask],
            label=self.label[mask],
            censored=None if self.censored is None else self.censored[mask],
        )

    def columns(self, indices: NDArray[np.int32]) -> Dataset:
        """The same rows with only some features."""
        derived = None if self.derived is None else self.derived.at(indices)
        return replace(self, values=self.values[:, indices], derived=derived, fitted=None)


def build_dataset(frames: TrainingFrames, features: FeatureList, policy: Policy) -> Dataset:
    """All rows of the feature frame, with labels where gold gives one.

    Raises:
        FrameError: A column is missing, a key is repeated or a label is neither 1, 0 nor null.
        LeakError: A label contradicts the failures or an intervention (see `check_labels`).
    """
    check_frames(frames, features, policy)
    keys, why = ["machine_id", "scored_at"], f"censored_within_{policy.horizon}"
    labels = frames.labels if why in frames.labels.columns else frames.labels.assign(**{why: None})
    joined = frames.features[keys].merge(labels[[*keys, policy.label_column, why]], on=keys, how="left", validate="1:1")
    joined = (
        joined.assign(machine_id=joined["machine_id"].astype(str), scored_us=to_us(joined["scored_at"]))
        .reset_index(drop=True)
        .sort_values(["scored_us", "machine_id"])
    )
    dataset = Dataset(
        machine_ids=joined["machine_id"].to_numpy(dtype=np.str_),
        scored_us=joined["scored_us"].to_numpy(dtype=np.int64),
        values=_values(frames.features, features.names, joined.index.to_numpy()),
        label=_labels(joined[policy.label_column]),
        failures=failure_events(frames.failures),
        models=frames.models,
        interventions=_interventions(frames.interventions),
        censored=joined[why].notna().to_numpy(dtype=np.bool_),
        incidents=incidents_of(frames.incidents),
        derived=DerivedRules.of(features.residuals, features.names, policy.healthy_margin_days * US_PER_DAY),
    )
    observed = np.isin(dataset.failures.machine_ids, dataset.machine_ids)
    dataset = replace(dataset, failures=dataset.failures.keep(observed))
    check_labels(dataset, policy.horizon_us)
    return dataset


def with_horizon(dataset: Dataset, frames: TrainingFrames, features: FeatureList, policy: Policy) -> Dataset:
    """The rows of a data set with the labels of another horizon. Raises: as `build_dataset`."""
    none = replace(features, names=(), telemetry=frozenset(), units=())
    labelled = build_dataset(frames, none, policy)
    return replace(labelled, values=dataset.values, derived=dataset.derived)


def check_frames(frames: TrainingFrames, features: FeatureList, policy: Policy) -> None:
    """Refuse frames that lack a column, repeat a key, have times without zone or numbers that float32 cannot hold.

    Raises:
        FrameError: Names the frame, and the columns, the first key or the first row.
    """
    keys = ("machine_id", "scored_at")
    _check_columns(frames.features, "features", (*keys, *features.names))
    _check_columns(frames.labels, "labels", (*keys, policy.label_column))
    _check_columns(frames.failures, "failures", ("machine_id", "failed_at", "code"))
    _check_columns(frames.maintenance, "maintenance", ("machine_id", "occurred_at"))
    for name, column in (("features", "scored_at"), ("labels", "scored_at"), ("failures", "failed_at")):
        _check_zone(getattr(frames, name), name, column)
    _check_zone(frames.maintenance, "maintenance", "occurred_at")
    _check_keys(frames.features, "features")
    _check_keys(frames.labels, "labels")
    for name in features.names:
        _check_finite(frames.features, name)


def check_labels(dataset: Dataset, horizon_us: int) -> None:
    """Refuse labels that say other than: 1 if and only if a failure T has t < T <= t + horizon.

    Refused is also a label of a row whose horizon holds an intervention before any failure: it would teach that a
    machine that was saved was healthy.

    Raises:
        LeakError: Names the first rows whose label the failures contradict; a row stamped at the
            failure itself is the usual one. Or the first rows before an intervention that have a label.
    """
    following = next_failure_us(dataset.failures, dataset.machine_ids, dataset.scored_us)
    _check_censored(dataset, following, horizon_us)
    expected = following - dataset.scored_us <= horizon_us
    wrong = np.flatnonzero(dataset.labelled & ((dataset.label == 1) != expected))
    if wrong.size:
        named = ", ".join(
            f"{dataset.machine_ids[i]} at {as_text(int(dataset.scored_us[i]))} has {dataset.label[i]}"
            for i in wrong[:3]
        )
        raise LeakError(
            f"{wrong.size} labels contradict the failures ({named}): a row is 1 if and only if a "
            "failure follows strictly after it and within the horizon; rebuild gold.failure_labels"
        )


def _check_censored(dataset: Dataset, failing_us: Int64, horizon_us: int) -> None:
    work_us = next_failure_us(dataset.interventions, dataset.machine_ids, dataset.scored_us)
    is_censored = (work_us - dataset.scored_us <= horizon_us) & (work_us < failing_us)
    wrong = np.flatnonzero(dataset.labelled & is_censored)
    if wrong.size:
        named = ", ".join(f"{dataset.machine_ids[i]} at {as_text(int(dataset.scored_us[i]))}" for i in wrong[:3])
        raise LeakError(
            f"{wrong.size} rows before an intervention have a label ({named}): nobody knows whether the machine would "
            "have failed without it; run `assay gold`"
        )


def _interventions(frame: pd.DataFrame | None) -> FailureEvents:
    if frame is None:
        return NO_EVENTS
    return failure_events(frame.assign(failed_at=frame["occurred_at"], code=frame["finding"].fillna("")))


def as_text(at_us: int) -> str:
    """ISO 8601 text of UTC microseconds.

    >>> as_text(0)
    '1970-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(at_us / 1e6, tz=UTC).isoformat()


def _check_columns(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise FrameError(f"frame {name} lacks columns {missing}; it has {[*frame.columns]}")


def _check_zone(frame: pd.DataFrame, name: str, column: str) -> None:
    """An empty frame says nothing of its times."""
    if len(frame) and not isinstance(frame[column].dtype, pd.DatetimeTZDtype):
        raise FrameError(
            f"frame {name} has {column} of type {frame[column].dtype}: hand in times with a zone, as gold has them"
        )


def _check_finite(frame: pd.DataFrame, name: str) -> None:
    """Null is a value that is missing; what is infinite, or would be as float32, is none."""
    values = frame[name].astype("float64").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(np.abs(values) > _LARGEST)
    if len(wrong):
        row = frame.iloc[int(wrong[0])]
        raise FrameError(
            f"feature {name} of {row['machine_id']} at {row['scored_at']} is {values[wrong[0]]:g} ({len(wrong)} rows): "
            "legal are null and what float32 can hold; give its metric a minimum and a maximum in the profile, so that "
            "such readings go to quarantine"
        )


def _check_keys(frame: pd.DataFrame, name: str) -> None:
    repeated = frame.duplicated(["machine_id", "scored_at"])
    if repeated.any():
        raise FrameError(
            f"frame {name} repeats {int(repeated.sum())} keys (machine_id, scored_at), first "
            f"{frame.loc[repeated, 'machine_id'].iloc[0]}: hand in one row per key"
        )


def _values(frame: pd.DataFrame, names: tuple[str, ...], order: NDArray[np.intp]) -> Float64:
    """Features of the rows in this order, float64, shape (n, f): a column at a time, for all at once are gigabytes."""
    values = np.empty((len(order), len(names)))
    for place, name in enumerate(names):
        values[:, place] = frame[name].astype("float64").to_numpy(dtype=np.float64)[order]
    return values


def _labels(column: pd.Series) -> NDArray[np.int8]:
    numbers = column.astype("float64").to_numpy(dtype=np.float64)
    legal = np.isnan(numbers) | (numbers == 0) | (numbers == 1)
    if not legal.all():
        raise FrameError(f"label {column.name} holds {sorted(set(numbers[~legal]))[:3]}: legal are 1, 0, null")
    return np.where(np.isnan(numbers), NO_LABEL, numbers).astype(np.int8)

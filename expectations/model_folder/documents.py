"""The JSON documents of a model folder: the names of the fields are their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from expectations.model_folder.models import Model


@dataclass(frozen=True, slots=True)
class Models:
    """``models.json``."""

    FILE: ClassVar[str] = "models.json"

    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One place of the feature vector; `minimum` and `maximum` are None where training had no value."""

    name: str
    unit: str
    telemetry: bool
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Features:
    """``features.json``, in the models' order."""

    FILE: ClassVar[str] = "features.json"

    features: tuple[FeatureColumn, ...]


@dataclass(frozen=True, slots=True)
class CalibrationMap:
    """One map from score to probability; the fields are those of `edge_bundle.format.calibration`.

    Attributes:
        fitted_rows: Rows that it was fitted on, for people.
        fitted_positives: Positive rows among them.
        fitted_failures: Distinct failures among them; 0 in folders of before it was written down.
        method: How it was fitted: ``platt``, ``isotonic`` or ``none``; empty in those folders.
    """

    model: str
    kind: str
    slope: float
    intercept: float
    knot_scores: tuple[float, ...]
    knot_probabilities: tuple[float, ...]
    fitted_rows: int = 0
    fitted_positives: int = 0
    fitted_failures: int = 0
    method: str = ""


@dataclass(frozen=True, slots=True)
class Calibrations:
    """``calibration.json``."""

    FILE: ClassVar[str] = "calibration.json"

    calibrations: tuple[CalibrationMap, ...]


@dataclass(frozen=True, slots=True)
class OutlookBin:
    """Rows whose margin lay in one bin; the fields are those of `ml.outlook.outlook.OutlookBin`.

    Attributes:
        episodes: Hits and total of the bin's episodes; the bundle takes the total.
    """

    margin_from: float | None
    rows: int
    failures: int
    episodes: Mapping[str, Any]
    expected_h: float | None
    earliest_h: float | None
    latest_h: float | None
    confidence_frac: float


@dataclass(frozen=True, slots=True)
class OutlookTable:
    """Bins of one failure model; `knots` are the least margins of all bins but the lowest."""

    model: str
    knots: tuple[float, ...]
    bins: tuple[OutlookBin, ...]


@dataclass(frozen=True, slots=True)
class Outlooks:
    """``outlook.json``, which older folders lack; `coverage` says how often the intervals held, for people."""

    FILE: ClassVar[str] = "outlook.json"

    outlooks: tuple[OutlookTable, ...]
    coverage: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score at which something is requested.

    Attributes:
        name: ``alarm``, ``maintenance``, ``safe_stop`` or ``anomaly``.
        model: Name of the model whose score is compared.
        value: The score.
        probability: Calibrated probability there, for people; None without a calibration.
    """

    name: str
    model: str
    value: float
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``thresholds.json``."""

    FILE: ClassVar[str] = "thresholds.json"

    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of the readiness report against its limit."""

    name: str
    value: float | None
    relation: str
    limit: float | None
    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the records can carry; the fields are those of `ml.gates.readiness.Readiness`, verdicts as texts."""

    machines: int
    machines_failed: int
    failures: int
    months: float
    rows: int
    labelled_share: float
    healthy_rows: int
    failure_model: str
    anomaly_model: str
    reasons: tuple[str, ...]
    longest_gap_hours: float | None = None
    longest_unlabelled_hours: float | None = None
    table: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Metrics:
    """``metrics.json``; `summary` are the figures that the registry has as well."""

    FILE: ClassVar[str] = "metrics.json"

    summary: Mapping[str, Any] | None = None
    readiness: Readiness | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """``training.json``; policy and parameters are for people, but for the policy's horizon and alarm times.

    Attributes:
        policy: Policy that the training followed.
        params: Parameters of the models.
        rows_from_us: First time of any row, UTC microseconds.
        rows_until_us: Last time of any row.
        failure_until_us: Last time of a row that trained the failure model; None without one.
        anomaly_until_us: The same of the anomaly model.
        models_until_us: The same of every model, by its name; empty in folders of before it was written down.
        anomaly_healthy_quantiles: Path lengths of healthy rows at 0, 1, ... 100 %.
        longest_window_s: Longest window of a feature, seconds, the delay of its events included.
        event_delays: Kind of event -> how much later than its time features used it, seconds; of kinds with a delay.
        libraries: Version of each library; empty in folders of before they were written down.
    """

    FILE: ClassVar[str] = "training.json"

    policy: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    rows_from_us: int | None = None
    rows_until_us: int | None = None
    failure_until_us: int | None = None
    anomaly_until_us: int | None = None
    anomaly_healthy_quantiles: tuple[float, ...] | None = None
    longest_window_s: int | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    models_until_us: Mapping[str, int] = field(default_factory=dict)
    event_delays: Mapping[str, int] = field(default_factory=dict)

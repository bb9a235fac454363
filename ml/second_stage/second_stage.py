"""The second stage of one training: an LSTM autoencoder beside T2 and Q, and the answer whether it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.healthy import HealthySplit
from ml.data.metric_columns import MetricColumns
from ml.errors import TooLittleDataError
from ml.models.pca import Projection
from ml.policy import Policy
from ml.second_stage.detector import Detector, of_projections, of_sequence
from ml.second_stage.measured import (
    Events,
    First,
    HeldOutRows,
    Measured,
    Part,
    events,
    in_alarm,
    measured,
    of_few,
    quiet_for_all,
)
from ml.second_stage.windowed import windowed_metrics
from ml.sequence.fit import Autoencoder, Progress, SequenceParams, fit_autoencoder, in_words
from ml.sequence.int8 import Int8Form, int8_bytes, int8_form
from ml.sequence.int8_loss import Int8Loss, rank_correlation

FILE = "second_stage.npz"
LSTM, INT8, PCA = "LSTM autoencoder", "INT8", "T2 and Q"

LEAST_GAIN = 0.05
"""How many more events, as a fraction of them, it must find than T2 and Q; of disturbances where there is no event.
Starting value: that of `ml.candidates.anomaly_choice`."""

FirstStage = Callable[[Float64], Mask]
"""Feature rows that the first stage flags, shape (n, f) to (n,)."""


@dataclass(frozen=True, slots=True)
class SecondStage:
    """A trained second stage, used or not.

    Attributes:
        trained: The autoencoder.
        form: Its INT8 form: what is stored and scores, in the centre and on a device; its threshold is that of its own
            scores.
        rows: Rows of the testing time with a window: those that all figures of failures are of.
        machines: How many machines they are of.
        unscored: Rows of that time without a window, by reason.
        first: What the first stage alone does on these rows.
        lstm: What the float form finds.
        pca: What T2 and Q find, on the same rows.
        loss: What the INT8 form loses.
        reason: Why it is used, or why not, in words.
        is_used: Whether it is.
    """

    trained: Autoencoder
    form: Int8Form
    rows: int
    machines: int
    unscored: Mapping[str, int]
    first: Events
    lstm: Measured
    pca: Measured
    loss: Int8Loss
    reason: str = ""
    is_used: bool = field(default=False)

    @property
    def words(self) -> tuple[str, ...]:
        """What was measured, in sentences."""
        first, lstm, pca = self.first, self.lstm.confirmed, self.pca.confirmed
        return (
            f"{self.reason}; on the same {self.rows:,} rows of {self.machines} machines, "
            f"{first.outcome.machine_years:.2f} machine-years",
            f"alarms of the first stage, found and false per machine-year: {_events(first)} alone, {_events(lstm)} "
            f"confirmed by the {LSTM}, {_events(pca)} by {PCA}",
            f"disturbances: {self.lstm.disturbances[0]} of {self.lstm.disturbances[1]} by the {LSTM}, "
            f"{self.pca.disturbances[0]} of {self.pca.disturbances[1]} by {PCA}",
            str(self.loss),
        )

    def files(self) -> Mapping[str, bytes]:
        """The INT8 form where it is used; nothing else is stored."""
        return {FILE: int8_bytes(self.form)} if self.is_used else {}

    def figures(self) -> Mapping[str, Any]:
        """What was measured, each beside its denominator."""
        trained = self.trained
        return {
            "is_used": self.is_used,
            "reason": self.reason,
            "rows": self.rows,
            "machines": self.machines,
            "machine_years": self.first.outcome.machine_years,
            "unscored": dict(self.unscored),
            "first": self.first.figures(),
            LSTM: self.lstm.figures(),
            PCA: self.pca.figures(),
            "int8": str(self.loss),
            "int8_lost_frac": self.loss.lost_frac,
            "int8_rank_correlation": self.loss.rank_correlation,
            "int8_threshold": self.form.threshold,
            "trained_windows": trained.windows,
            "validated_windows": trained.validated,
            "window_rows": trained.length,
            "epochs": trained.epochs,
            "best_epoch": trained.best_epoch,
            "stopped": trained.stopped,
        }


def second_stage(  # noqa: PLR0913 (rows, what is beside it, what may be disturbed, and who listens)
    dataset: Dataset,
    split: HealthySplit,
    projections: Sequence[Projection],
    first: FirstStage,
    metrics: tuple[MetricColumns, ...],
    policy: Policy,
    *,
    notify: Progress = lambda _what, _done, _total: None,
) -> SecondStage:
    """Train on the rows that T2 and Q were fitted on, and measure all on the same rows.

    Args:
        dataset: All rows.
        split: Healthy rows that train, that choose thresholds and that test.
        projections: T2 and Q.
        first: The first stage as it was chosen.
        metrics: What may be disturbed.
        policy: Epochs, rows of a window, most loss of the INT8 form; budget of alarms.
        notify: Takes progress.

    Raises:
        TooLittleDataError: Too few consecutive healthy rows in one of the three blocks.
    """
    params = SequenceParams(length=policy.second_stage_rows, epochs=policy.second_stage_epochs)
    distance_us = policy.score_every_s * 1_000_000
    trained = fit_autoencoder(dataset.keep(split.growing), projections[0].columns, distance_us, params, notify=notify)
    form, columns = int8_form(trained), projections[0].columns
    plain = of_projections(projections)

    def part(mask: Mask) -> Part:
        return Part.of(dataset.keep(mask), plain, params.length, policy)

    choosing, testing = part(split.choosing), part(split.testing)
    _check(choosing, testing)
    found = {
        name: each.within_budget(choosing.rows, choosing.windows, policy)
        for name, each in ((LSTM, of_sequence(trained, columns)), (INT8, of_sequence(form, columns)), (PCA, plain))
    }
    held_out = HeldOutRows(
        usual=of_few(part(split.growing), columns),
        quiet=quiet_for_all(of_few(testing, columns), found.values()),
        testing=testing,
        evaluated=part(split.testing_time & dataset.evaluated & ~_near_incidents(dataset, policy)),
        incidents=part(np.isin(dataset.machine_ids, dataset.incidents.machine_ids)),
        metrics=windowed_metrics(metrics, columns, params.length),
    )
    scored, of_incidents = held_out.evaluated.scored, held_out.incidents.scored
    flags, in_incidents = first(scored.values), first(of_incidents.values)
    active = First(in_alarm(scored, flags, policy), in_alarm(of_incidents, in_incidents, policy))
    figures = {name: measured(each, held_out, active, policy) for name, each in found.items()}
    loss = _loss(found, figures, held_out.testing, policy)
    is_used, reason = answer_of_forms(figures, loss, policy)
    return SecondStage(
        trained=trained,
        form=replace(form, threshold=found[INT8].thresholds[0]),
        rows=len(scored),
        machines=len(np.unique(scored.machine_ids)),
        unscored=held_out.evaluated.windows.unscored,
        first=events(held_out, flags, in_incidents, policy),
        lstm=figures[LSTM],
        pca=figures[PCA],
        loss=loss,
        reason=reason,
        is_used=is_used,
    )


def answer_of_forms(figures: Mapping[str, Measured], loss: Int8Loss, policy: Policy) -> tuple[bool, str]:
    """As `answer`, of the float form and of the INT8 form, which is what scores: each must find more than T2 and Q.

    Args:
        figures: By `LSTM`, `INT8` and `PCA`.
        loss: Of the INT8 form, which must be legal besides: it is of events and disturbances together.
        policy: As `answer`.
    """
    is_better, reason = answer(figures[LSTM], figures[PCA], policy)
    if not is_better:
        return False, reason
    if not loss.is_legal:
        return False, f"not used: {loss}"
    is_as_good, reason_int8 = answer(figures[INT8], figures[PCA], policy, name=f"INT8 form of the {LSTM}")
    return is_as_good, reason if is_as_good else reason_int8


def answer(lstm: Measured, pca: Measured, policy: Policy, *, name: str = LSTM) -> tuple[bool, str]:
    """Whether the autoencoder finds more than T2 and Q without more false alarms than they raise or the budget allows.

    By failures and incidents; by disturbances where there is neither.
    """
    kind, (mine, others) = "events", [(each.alone.found, each.alone.tested) for each in (lstm, pca)]
    if not mine[1]:
        kind, mine, others = "disturbances, for there is no event", lstm.disturbances, pca.disturbances
    rates = [each.alone.false_rate for each in (lstm, pca)]
    words = (
        f"{name} found {mine[0]} of {mine[1]} {kind}, {rates[0]:.1f} false alarms per machine-year; {PCA} found "
        f"{others[0]} of {others[1]}, {rates[1]:.1f}"
    )
    if not mine[1] or mine[0] - others[0] < max(1.0, LEAST_GAIN * mine[1]):
        return False, f"not used: {words}; it must find {LEAST_GAIN:.0%} of them more"
    allowed = max(rates[1], policy.anomaly_alarms_per_machine_year)
    if rates[0] > allowed:
        return False, f"not used: {words}; at most {allowed:.1f} are allowed"
    return True, f"used: {words}"


def _loss(found: Mapping[str, Detector], figures: Mapping[str, Measured], testing: Part, policy: Policy) -> Int8Loss:
    scores = [found[name].of(testing.rows, testing.windows)[0] for name in (LSTM, INT8)]
    found_by = [figures[name].alone.found + figures[name].disturbances[0] for name in (LSTM, INT8)]
    tested = figures[LSTM].alone.tested + figures[LSTM].disturbances[1]
    correlation, most = rank_correlation(*scores), policy.second_stage_int8_loss
    return Int8Loss(correlation, len(testing.windows), found_by[0], found_by[1], tested, most)


def _events(each: Events) -> str:
    return f"{each.found} of {each.tested}, {each.false_rate:.1f}"


def _near_incidents(dataset: Dataset, policy: Policy) -> Mask:
    """Rows in or near a known incident: an alarm there is not false, and is counted with the incidents."""
    return dataset.incidents.near(dataset.machine_ids, dataset.scored_us, policy.horizon_us)


def _check(choosing: Part, testing: Part) -> None:
    for name, each in (("choose its threshold", choosing), ("test it", testing)):
        if not len(each.windows):
            raise TooLittleDataError(
                f"no window of consecutive healthy rows to {name}; without one: {in_words(each.windows.unscored)}. "
                "Collect longer, or choose a shorter window"
            )

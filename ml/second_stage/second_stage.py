"""The second stage of one training: an LSTM autoencoder and its INT8 form beside T2 and Q, on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.healthy import HealthySplit, Int32
from ml.data.metric_columns import MetricColumns
from ml.errors import TooLittleDataError
from ml.models.pca import Projection
from ml.policy import Policy
from ml.second_stage.choice import answer_of_forms
from ml.second_stage.detector import Detector, of_projections, of_sequence
from ml.second_stage.measured import (
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
from ml.second_stage.trained_stage import INT8, LSTM, PCA, SecondStage
from ml.second_stage.windowed import windowed_metrics
from ml.sequence.fit import Progress, SequenceParams, fit_autoencoder, in_words
from ml.sequence.int8 import int8_form
from ml.sequence.int8_loss import Int8Loss, rank_correlation

FirstStage = Callable[[Float64], Mask]
"""Feature rows that the first stage flags, shape (n, f) to (n,)."""


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
    plain, columns = of_projections(projections), projections[0].columns
    parts = _Parts.of(dataset, split, plain, params.length, policy)
    distance_us = policy.score_every_s * 1_000_000
    trained = fit_autoencoder(parts.growing.rows, columns, distance_us, params, notify=notify)
    form = int8_form(trained)
    found = {
        name: each.within_budget(parts.choosing.rows, parts.choosing.windows, policy)
        for name, each in ((LSTM, of_sequence(trained, columns)), (INT8, of_sequence(form, columns)), (PCA, plain))
    }
    held_out = parts.held_out(columns, found, windowed_metrics(metrics, columns, params.length))
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


@dataclass(frozen=True, slots=True)
class _Parts:
    """Rows with their windows: healthy ones that train, choose and test; those of failures; those of incidents."""

    growing: Part
    choosing: Part
    testing: Part
    evaluated: Part
    incidents: Part

    @classmethod
    def of(cls, dataset: Dataset, split: HealthySplit, plain: Detector, length: int, policy: Policy) -> _Parts:
        """Raises: TooLittleDataError: No window to choose a threshold, or none to test it."""

        def part(mask: Mask) -> Part:
            return Part.of(dataset.keep(mask), plain, length, policy)

        choosing, testing = part(split.choosing), part(split.testing)
        _check(choosing, testing)
        return cls(
            growing=part(split.growing),
            choosing=choosing,
            testing=testing,
            evaluated=part(split.testing_time & dataset.evaluated & ~_near_incidents(dataset, policy)),
            incidents=part(np.isin(dataset.machine_ids, dataset.incidents.machine_ids)),
        )

    def held_out(
        self, columns: Int32, found: Mapping[str, Detector], metrics: tuple[MetricColumns, ...]
    ) -> HeldOutRows:
        """The rows that measure what was found."""
        return HeldOutRows(
            usual=of_few(self.growing, columns),
            quiet=quiet_for_all(of_few(self.testing, columns), found.values()),
            testing=self.testing,
            evaluated=self.evaluated,
            incidents=self.incidents,
            metrics=metrics,
        )


def _loss(found: Mapping[str, Detector], figures: Mapping[str, Measured], testing: Part, policy: Policy) -> Int8Loss:
    scores = [found[name].of(testing.rows, testing.windows)[0] for name in (LSTM, INT8)]
    found_by = [figures[name].alone.found + figures[name].disturbances[0] for name in (LSTM, INT8)]
    tested = figures[LSTM].alone.tested + figures[LSTM].disturbances[1]
    correlation, most = rank_correlation(*scores), policy.second_stage_int8_loss
    return Int8Loss(correlation, len(testing.windows), found_by[0], found_by[1], tested, most)


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

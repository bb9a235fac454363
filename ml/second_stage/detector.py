"""What calls windows unusual: its scores, and thresholds within one budget on rows that nothing was made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.evaluation.common_rank import any_reached, common_rank_thresholds
from ml.evaluation.held_out import episode_evaluator
from ml.models.pca import Int32, Projection
from ml.policy import Policy
from ml.second_stage.windowed import flat, only_last
from ml.sequence.fit import Autoencoder
from ml.sequence.int8 import Int8Form
from ml.sequence.windows import Windows

Scores = Callable[[Float64], tuple[Float64, ...]]
"""Scores of rows of `windowed.flat`, each rising with what is unusual, shape (n,) each."""

AT_ONCE = 4096
"""Windows that are laid out together: some tens of megabytes."""


@dataclass(frozen=True, slots=True)
class Detector:
    """Scores with their thresholds.

    Attributes:
        scores: Of windows.
        columns: Positions in the feature list of the columns of each row of a window.
        thresholds: One for each score; a window is unusual where any score is at or above its own.
    """

    scores: Scores
    columns: Int32
    thresholds: tuple[float, ...] = ()

    def flags(self, windows: Float64) -> Mask:
        """Unusual ones of windows that are laid out as `windowed.flat` does."""
        return any_reached(self.scores(windows), self.thresholds)

    def of(self, rows: Dataset, windows: Windows) -> tuple[Float64, ...]:
        """Scores of the windows of some rows."""
        count = max(1, -(-len(windows) // AT_ONCE))
        found = [self.scores(flat(rows.values, each, self.columns)) for each in np.array_split(windows.rows, count)]
        return tuple(np.concatenate(each) for each in zip(*found, strict=True))

    def unusual(self, rows: Dataset, windows: Windows) -> Mask:
        """Rows with a window that is unusual, of those that have one."""
        return any_reached(self.of(rows, windows), self.thresholds)

    def within_budget(self, rows: Dataset, windows: Windows, policy: Policy) -> Detector:
        """The same with the lowest thresholds at one rank whose alarms are within the policy's budget on these rows.

        As `ml.candidates.anomaly_choice`: one alarm more for each score is expected on as many later rows.
        """
        evaluator, scores = episode_evaluator(only_last(rows, windows), policy), self.of(rows, windows)

        def allows(flags: Mask) -> bool:
            outcome = evaluator.evaluate(flags)
            return outcome.counts.calls + len(scores) <= policy.anomaly_alarms_per_machine_year * outcome.machine_years

        return replace(self, thresholds=common_rank_thresholds(scores, allows))


def of_projections(projections: Sequence[Projection]) -> Detector:
    """T2 and Q of the newest row of each window."""
    columns = projections[0].columns
    newest = np.arange(len(columns), dtype=np.int32)
    here = [replace(each, columns=newest) for each in projections]
    return Detector(lambda windows: tuple(each.scores(windows) for each in here), columns)


def of_sequence(form: Autoencoder | Int8Form, columns: Int32) -> Detector:
    """An autoencoder of windows with these columns, its own among them."""
    places = np.searchsorted(columns, form.standard.columns).astype(np.int32)
    standard = replace(form.standard, columns=places)

    def scores(windows: Float64) -> tuple[Float64]:
        oldest_first = windows.reshape(len(windows), windows.shape[1] // len(columns), len(columns))[:, ::-1]
        return (form.score(standard.deviations(oldest_first)),)

    return Detector(scores, columns)

"""A trained second stage: what is stored of it, and what was measured, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ml.second_stage.measured import Events, Measured
from ml.sequence.fit import Autoencoder
from ml.sequence.int8 import Int8Form, int8_bytes
from ml.sequence.int8_loss import Int8Loss

FILE = "second_stage.npz"
LSTM, INT8, PCA = "LSTM autoencoder", "INT8", "T2 and Q"


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


def _events(each: Events) -> str:
    return f"{each.found} of {each.tested}, {each.false_rate:.1f}"

"""Whether a second stage is used: where it finds more than T2 and Q, by events, in both of its forms."""

from __future__ import annotations

from collections.abc import Mapping

from ml.policy import Policy
from ml.second_stage.measured import Measured
from ml.second_stage.trained_stage import INT8, LSTM, PCA
from ml.sequence.int8_loss import Int8Loss

LEAST_GAIN = 0.05
"""How many more events, as a fraction of them, it must find than T2 and Q; of disturbances where there is no event.
Starting value: that of `ml.candidates.anomaly_choice`."""


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

    By failures and incidents; by disturbances where there is neither. Not used where no machine was observed, for false
    alarms cannot be counted then.
    """
    if lstm.alone.outcome.machine_years <= 0:
        return False, "not used: no tested row has a window and an outcome, so no false alarm can be counted"
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

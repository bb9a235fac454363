"""What the second stage says of machines that the first stage has in alarm: confirmed, denied or not scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import NEVER_US
from ml.evaluation.alarms import alarms_of
from ml.policy import Policy
from ml.sequence.fit import in_words
from ml.sequence.int8 import Int8Form
from ml.sequence.windows import Windows, windows_of

CONFIRMED, DENIED, NOT_SCORED = "confirmed", "denied", "not scored"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A machine whose alarm is active at its newest row.

    Attributes:
        machine_id: The machine.
        raised_us: When the first stage raised it, UTC microseconds.
        newest_us: Time of its newest row: nothing is known of the machine since, UTC microseconds.
        rows: Rows of the machine since then.
        scored: Those that have a window.
        highest: Greatest score of them; None where none is scored.
        threshold: Score from which one confirms the alarm.
        unscored: Why the others of these rows have no window, in words.
    """

    machine_id: str
    raised_us: int
    newest_us: int
    rows: int
    scored: int
    highest: float | None
    threshold: float
    unscored: str

    @property
    def answer(self) -> str:
        """`CONFIRMED`, `DENIED`, or `NOT_SCORED`: nothing is known then, and the alarm is as it was."""
        if self.highest is None:
            return NOT_SCORED
        return CONFIRMED if self.highest >= self.threshold else DENIED


def confirmations(rows: Dataset, flags: Mask, form: Int8Form, policy: Policy) -> tuple[Confirmation, ...]:
    """Each machine with an active alarm of the first stage, by name; of no other machine is a window scored.

    Args:
        rows: All rows of the machines, features in the order of the version.
        flags: Rows that the first stage calls unusual, shape (n,).
        form: The second stage.
        policy: How alarms last, and the distance of rows.
    """
    found = (_of_machine(rows, flags, str(each), form, policy) for each in np.unique(rows.machine_ids[flags]))
    return tuple(each for each in found if each is not None)


def _of_machine(rows: Dataset, flags: Mask, machine_id: str, form: Int8Form, policy: Policy) -> Confirmation | None:
    is_mine = rows.machine_ids == machine_id
    mine, flagged = rows.keep(is_mine), flags[is_mine]
    alarms = alarms_of(mine.scored_us, flagged, policy.alarm_rule)
    if alarms.cleared_us[-1] != NEVER_US:
        return None
    raised_us = int(alarms.raised_us[-1])
    windows = windows_of(mine, form.columns, int(form.length), policy.score_every_s * 1_000_000)
    is_since = np.asarray(mine.scored_us >= raised_us, dtype=np.bool_)
    since = _since(windows, is_since)
    scores = form.score(form.standard.deviations(mine.values[since.rows]))
    return Confirmation(
        machine_id=machine_id,
        raised_us=raised_us,
        newest_us=int(mine.scored_us[-1]),
        rows=int(is_since.sum()),
        scored=len(since),
        highest=float(scores.max()) if len(scores) else None,
        threshold=float(form.threshold),
        unscored=in_words(windows.unscored_among(is_since)),
    )


def _since(windows: Windows, is_since: Mask) -> Windows:
    return windows.keep(np.flatnonzero(is_since[windows.last]))

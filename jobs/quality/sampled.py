"""What technicians found at scores that were drawn, by machine and week."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from domain.intervention import CONFIRMED, REFUTED
from gold.sampled_answers import Drawn
from jobs.quality.unseen_scores import UnseenScores
from ml.data.failure_events import Int64, to_us
from ml.evaluation.alarm_outcomes import AlarmOutcomes
from ml.evaluation.outcome import EventOutcome
from ml.policy import US_PER_HOUR

Answers = Mapping[str, tuple[Int64, tuple[bool, ...]]]
"""By key of the machine: when findings were stated, ascending, and whether each is a defect."""


def answers_of(answers: pd.DataFrame) -> Answers:
    """The findings of technicians: rows of `silver.alarm_answers`, by key of the machine."""
    found = answers[answers["answer"].isin([CONFIRMED, REFUTED])].sort_values(["answered_at", "answer"])
    return {
        str(machine): (to_us(rows["answered_at"]), tuple((rows["answer"] == CONFIRMED).tolist()))
        for machine, rows in found.groupby("machine_id")
    }


def drawn_of(one: UnseenScores, outcome: EventOutcome, answers: Answers) -> dict[str, list[tuple[int, Drawn]]]:
    """By machine the drawn scores, each with its time.

    A score is answered by the first finding behind it, within the policy's `sample_answer_hours`. One that may still be
    answered when the records end is left out.

    Args:
        one: Whose scores these are.
        outcome: What its alarms did.
        answers: Findings of all machines.
    """
    within_us = round(one.policy.sample_answer_hours * US_PER_HOUR)
    found = defaultdict[str, list[tuple[int, Drawn]]](list)
    if "sampled_frac" not in one.rows:
        return found
    rows = one.rows[one.rows["sampled_frac"].notna() & (one.rows["scored_at"] <= one.known_until)]
    last = one.known_until - timedelta(microseconds=within_us)
    columns = (rows["machine_id"], to_us(rows["scored_at"]).tolist(), rows["sampled_frac"], rows["decision"] != "none")
    for (machine, at_us, frac, is_requested), at in zip(zip(*columns, strict=True), rows["scored_at"], strict=True):
        is_defect = _answer(answers.get(machine), at_us, within_us)
        if is_defect is None and at > last:
            continue
        is_alarm = _is_alarm(outcome.alarms.get(machine), at_us)
        found[machine].append((at_us, Drawn(float(frac), bool(is_requested), is_alarm, is_defect)))
    return found


def _answer(known: tuple[Int64, tuple[bool, ...]] | None, at_us: int, within_us: int) -> bool | None:
    if known is None:
        return None
    times_us, is_defect = known
    place = int(np.searchsorted(times_us, at_us, side="right"))
    return is_defect[place] if place < len(times_us) and times_us[place] <= at_us + within_us else None


def _is_alarm(known: AlarmOutcomes | None, at_us: int) -> bool:
    """Whether an alarm was active at a time: raised by then, and not cleared."""
    if known is None:
        return False
    alarms = known.alarms
    return bool(((alarms.raised_us <= at_us) & (at_us < alarms.cleared_us)).any())

"""`same_stamp`, `precision` and `step` of a mapping's time: what records that share a stamp are."""

import re
from dataclasses import dataclass

from expectations.durations import seconds
from expectations.errors import MappingError, unknown_name
from expectations.plant.toml_reader import Section

CONFLICT, IN_ORDER, MEAN = "conflict", "spread", "mean"
SAME_STAMP = (CONFLICT, IN_ORDER, MEAN)
_FINE = re.compile(r"([1-9]\d*)(ms|us)")
_MICROSECONDS = {"ms": 1_000, "us": 1}


@dataclass(frozen=True, slots=True)
class EqualStamps:
    """What neighbours of one sensor that share a stamp become: readings with times of their own, or one mean.

    `precision_us`: What the stamps are whole multiples of. `step_us`: The time between two samples; None: the precision
    by their number. `is_mean`: They are one reading, their mean; the times stay as they are.
    """

    precision_us: int
    step_us: int | None = None
    is_mean: bool = False


def equal_stamps(time: Section) -> EqualStamps | None:
    """The rule; None where such records compete for their time.

    Raises:
        MappingError: An unknown word, a step longer than the precision, or either without `same_stamp = "spread"`.
    """
    kind = time.take("same_stamp", str, CONFLICT)
    precision, step = time.take("precision", str, ""), time.take("step", str, "")
    if kind not in SAME_STAMP:
        raise MappingError(f"{time.where}: {unknown_name('same_stamp', kind, SAME_STAMP)}")
    if kind != IN_ORDER:
        if precision or step:
            raise MappingError(f"{time.where}: precision and step belong to same_stamp = 'spread'")
        return EqualStamps(1_000_000, is_mean=True) if kind == MEAN else None
    rule = EqualStamps(_microseconds(precision or "1s"), _microseconds(step) if step else None)
    if rule.step_us is not None and rule.step_us > rule.precision_us:
        raise MappingError(f"{time.where}: step {step} is longer than the precision {precision or '1s'}")
    return rule


def _microseconds(text: str) -> int:
    fine = _FINE.fullmatch(text)
    return int(fine[1]) * _MICROSECONDS[fine[2]] if fine else seconds(text) * 1_000_000

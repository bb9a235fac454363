"""What confirms a score beside its model: readings beyond a limit that last, and alerts of gateways."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ml.data.dataset import Mask
from ml.data.failure_events import NEVER_US, Int64, to_us

Spans = dict[str, list[tuple[int, int]]]


def spans_of(anomalies: pd.DataFrame, alerts: pd.DataFrame, repeat_us: int) -> Spans:
    """Machine -> when something confirms its scores: from its first microsecond to the one behind its last.

    Args:
        anomalies: `machine_id`, `raised_at` and `cleared_at`, which is missing while it lasts.
        alerts: `machine_id` and `raised_at`; a gateway announces again what lasts.
        repeat_us: Time after which it does, microseconds.
    """
    found = defaultdict[str, list[tuple[int, int]]](list)
    ends = np.where(anomalies["cleared_at"].isna(), NEVER_US, to_us(anomalies["cleared_at"].fillna(_ANY)))
    _add(found, anomalies["machine_id"], to_us(anomalies["raised_at"]), ends)
    begins = to_us(alerts["raised_at"])
    _add(found, alerts["machine_id"], begins, begins + repeat_us)
    return dict(found)


_ANY = pd.Timestamp(0, tz="UTC")


def _add(found: Spans, machines: Iterable[str], begins: Int64, ends: Int64) -> None:
    for machine, begin, end in zip(machines, begins.tolist(), ends.tolist(), strict=True):
        found[machine].append((begin, end))


def is_confirmed(machines: pd.Series, times_us: Int64, spans: Spans) -> Mask:
    """Whether any span of its machine holds each time, shape (n,).

    >>> is_confirmed(pd.Series(["a", "a", "b"]), np.array([4, 5, 4]), {"a": [(1, 3), (2, 5)]}).tolist()
    [True, False, False]
    """
    confirmed = np.zeros(len(times_us), dtype=np.bool_)
    for machine, places in machines.groupby(machines).indices.items():
        mine = spans.get(str(machine), [])
        if mine:
            begins, ends = (np.sort(np.array(each, dtype=np.int64)) for each in zip(*mine, strict=True))
            at = times_us[places]
            open_ = np.searchsorted(begins, at, side="right") - np.searchsorted(ends, at, side="right")
            confirmed[places] = open_ > 0
    return confirmed

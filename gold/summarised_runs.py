"""In which runs of a gateway's counter the numbers of its summaries lie."""

from collections.abc import Iterable, Sequence
from datetime import date

from gold.sequence_runs import REACH, Range, Run


def with_summaries(runs: Sequence[Run], summaries: Iterable[Range]) -> tuple[list[Run], list[Range]]:
    """The runs with the numbers of summaries, which extend them; and the summaries that are far from all.

    A summary is of the run among whose numbers it lies, of two of these of that of its day, else of the closest within
    `REACH`. Where nothing else of the gateway came there is one run: summaries alone do not say that a counter began
    again.

    Args:
        runs: The runs of one gateway.
        summaries: Its summaries, each with its day.
    """
    ordered = sorted(summaries, key=lambda one: (one.day or date.min, one.first, one.last))
    days = [one.day for one in ordered if one.day is not None]
    if not runs:
        return ([Run(days[0], days[-1], ordered)] if days else []), []
    found = [Run(run.from_day, run.until_day, list(run.ranges)) for run in runs]
    spans = [(run.first, run.last) for run in runs]
    # Upwards, then downwards: each may be in reach of the one before only.
    left = [one for one in ordered if not _placed(found, spans, one)]
    return found, [one for one in reversed(left) if not _placed(found, spans, one)]


def _placed(runs: Sequence[Run], spans: list[tuple[int, int]], one: Range) -> bool:
    """Give a summary to its run; False where it is far from all."""
    distances = [max(first - one.last, one.first - last, 0) for first, last in spans]
    elsewhen = [one.day is None or not run.from_day <= one.day <= run.until_day for run in runs]
    costs = [
        (distance > 0, is_elsewhen, distance, at)
        for at, (distance, is_elsewhen) in enumerate(zip(distances, elsewhen, strict=True))
        if distance <= REACH
    ]
    if not costs:
        return False
    at = min(costs)[-1]
    runs[at].ranges.append(one)
    spans[at] = min(spans[at][0], one.first), max(spans[at][1], one.last)
    return True

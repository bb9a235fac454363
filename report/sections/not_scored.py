"""Part of section 3: times of the last week that a model did not score, by reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.formats import count, of, share
from report.queries.not_scored import NotScored


@dataclass(frozen=True, slots=True)
class NotScoredLine:
    """One reason in words."""

    reason: str
    meaning: str
    times: str
    percent: str
    machines: str


def not_scored_lines(found: Sequence[NotScored]) -> tuple[NotScoredLine, ...]:
    """A line for each reason."""
    return tuple(
        NotScoredLine(
            each.reason, each.meaning, of(each.times, each.scores), share(each.times, each.scores), count(each.machines)
        )
        for each in found
    )

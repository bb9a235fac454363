"""Part of section 3: how late events are known, beside what the profile declares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from report.formats import count, duration
from report.queries.delays import Delay


@dataclass(frozen=True, slots=True)
class DelayLine:
    """One mapping of events in words."""

    feed: str
    mapping: str
    events: str
    half: str
    most: str
    longest: str
    declared: str
    is_later: bool


def delay_lines(found: Sequence[Delay]) -> tuple[DelayLine, ...]:
    """A line for each mapping; `is_later` where more than 5 in 100 of its events came later than is declared."""
    return tuple(
        DelayLine(
            each.feed, each.mapping, count(each.events), _words(each.half), _words(each.most), _words(each.longest),
            _words(each.declared, "none"), (each.most or timedelta(0)) > (each.declared or timedelta(0)),
        )
        for each in found
    )  # fmt: skip


def _words(span: timedelta | None, nothing: str = "not observed") -> str:
    return nothing if span is None else duration(span)

"""Two readings of one key on a device: which of them is stored, by the rule of the bundle."""

from __future__ import annotations

from domain.conflicts import NONE, Candidate, winner

from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.state.columns import OPEN


def chosen_of(before: Reading, reading: Reading, keep: str) -> Reading:
    """Which of two readings of one key is stored; one whose steps are `OPEN` where none is."""
    if before.resolution_steps == OPEN:
        return before if keep == NONE else reading
    first, second = (_candidate(one, place) for place, one in enumerate((before, reading)))
    won = winner([first, second], keep)
    if won is None:
        return before._replace(resolution_steps=OPEN)
    return before if won == first.resolution_steps else reading


def _candidate(reading: Reading, place: int) -> Candidate:
    return Candidate(reading.resolution_steps, "stream", sequence=place, is_numbered=True)

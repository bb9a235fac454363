"""The page's first sentence: which machines need a person now."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.formats import moment, plural
from report.queries.attention import Attention

# Of more machines than a reader takes in, the first are named and the rest counted.
NAMED = 8
_WORDS = {"stop_request": "a stop of", "maintain": "maintenance of", "watch": "a closer watch on"}


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of people, and a class for its colour; empty words where nothing was scored."""

    words: str
    class_: str


def call_of(found: Attention) -> Call:
    """What the newest scores ask for, in a sentence."""
    if found.scored_at is None:
        return Call("", "")
    when = f"In the newest scores, up to {moment(found.scored_at)} UTC, the model requests"
    if not found.asking:
        return Call(
            f"{when} nothing: all {plural(found.machines, 'machine')} scored that day may keep running.", "good"
        )
    asked_for = "; ".join(f"{_WORDS[decision]} {_named(machines)}" for decision, machines in found.asking.items())
    asked = sum(len(machines) for machines in found.asking.values())
    class_ = "bad" if "stop_request" in found.asking else "warn"
    return Call(f"{when} {asked_for} ({asked} of {plural(found.machines, 'machine')} scored that day).", class_)


def _named(machines: Sequence[str]) -> str:
    more = len(machines) - NAMED
    return ", ".join(machines[:NAMED]) + (f" and {more} more" if more > 0 else "")

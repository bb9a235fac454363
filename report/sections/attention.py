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
        nothing = f"{when} nothing: all {plural(found.machines, 'machine')} scored that day may keep running."
        return Call(nothing + _in_sample(found), "good")
    asked_for = "; ".join(f"{_WORDS[decision]} {_named(machines)}" for decision, machines in found.asking.items())
    asked = sum(len(machines) for machines in found.asking.values())
    class_ = "bad" if "stop_request" in found.asking else "warn"
    words = f"{when} {asked_for} ({asked} of {plural(found.machines, 'machine')} scored that day)."
    return Call(words + _in_sample(found), class_)


def _in_sample(found: Attention) -> str:
    if not found.in_sample:
        return ""
    return (
        f" Of {plural(found.in_sample, 'machine')} the model may have been trained on that time: "
        "such a score shows what it learnt, it is no prediction."
    )


def _named(machines: Sequence[str]) -> str:
    more = len(machines) - NAMED
    return ", ".join(machines[:NAMED]) + (f" and {more} more" if more > 0 else "")

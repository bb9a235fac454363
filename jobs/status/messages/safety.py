"""Words on safety functions: tests that are due, trips and tests that failed or took too long."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Severity
from jobs.status.facts import DueTest, Response, SafetyState
from jobs.status.item import Item

_WORDS = {"trip": "trip", "proof_test": "proof test", "partial_stroke": "partial stroke test"}


def safety_items(safety: SafetyState, now: datetime) -> Iterator[Item]:
    """What needs a person; one line where nothing does; none without safety functions."""
    found = [*_items(safety, now)]
    yield from found
    if safety.tests and not found:
        yield Item("safety", f"{len(safety.tests):,} tests of safety functions: of none half of its interval is over")


def _items(safety: SafetyState, now: datetime) -> Iterator[Item]:
    for response in safety.failed:
        text = f"{response.function}: {_what(response)} failed"
        step = "repair it, test it again, and let the record of the passed test land"
        place = f"{response.function}/{response.kind}/{response.part or 'whole'}"
        yield Item("safety", text, Severity.CRITICAL, step, f"safety_failed/{place}")
    for response in safety.slow:
        yield _slow(response)
    for test in safety.tests:
        yield from _due(test, now)
    for name in safety.unknown:
        text = f"{name}: trips or tests of a safety function that the profile does not have"
        yield Item("safety", text, Severity.WARNING, "add it to the profile as [[safety]]", f"safety_unknown/{name}")
    for name, (budget, limit) in safety.over.items():
        text = f"{name}: the parts of its budget add up to {budget} s; its limit is below {limit} s"
        step = "correct the function, or its numbers in the profile"
        yield Item("safety", text, Severity.WARNING, step, f"safety_budget/{name}")


def _slow(response: Response) -> Item:
    is_over = response.verdict == "over_limit"
    limit = f"{response.limit_s:g} s is its limit" if is_over else "longer than its budget, and below its limit"
    text = f"{response.function}: {response.response_s:.3f} s at the {_what(response)}; {limit}"
    step = "look at the part that is slow; until it is repaired the function may act too late" if is_over else (
        "look at the part that is slow, or correct the budget in the profile"
    )  # fmt: skip
    key = f"safety_slow/{response.function}/{response.part or 'whole'}"
    return Item("safety", text, Severity.CRITICAL if is_over else Severity.WARNING, step, key)


def _what(response: Response) -> str:
    part = f" of {response.part}" if response.part else ""
    return f"{_WORDS[response.kind]}{part} of {response.occurred_at:%Y-%m-%d}"


def _due(test: DueTest, now: datetime) -> Iterator[Item]:
    """At half of the interval, and when the test is due: one condition that gets more severe."""
    if now < test.half_at:
        return
    last = f"last passed {test.last_passed_at:%Y-%m-%d}" if test.last_passed_at else "none that passed is on record"
    what, key = f"{test.function}: {_WORDS[test.kind]}", f"safety_test/{test.function}/{test.kind}"
    if now < test.due_at:
        text = f"{what}: half of its interval is over, due {test.due_at:%Y-%m-%d}; {last}"
        yield Item("safety", text, Severity.INFO, "plan the test", key)
        return
    text = f"{what}: due since {test.due_at:%Y-%m-%d}; {last}"
    yield Item("safety", text, Severity.WARNING, "test the function, and let the record of the test land", key)

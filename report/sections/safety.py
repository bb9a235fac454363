"""The section on safety functions: tests by when they are due, and how fast the functions responded."""

from dataclasses import dataclass
from datetime import datetime

from report.facts import Facts
from report.formats import count, day, number, plural
from report.queries.safety import SafetyMeasure, SafetyTest
from report.sections.plant import Tile

NONE = "none"
_KINDS = {"trip": "trip", "proof_test": "proof test", "partial_stroke": "partial stroke"}
_VERDICTS = {
    "within": ("within its budget", "PASS"),
    "over_budget": ("longer than its budget", "WARN"),
    "over_limit": ("not below its limit", "FAIL"),
    "failed": ("failed", "FAIL"),
    "not_measured": ("not measured", ""),
    "no_budget": ("no budget in the profile", "WARN"),
}


@dataclass(frozen=True, slots=True)
class TestLine:
    """One test of a function."""

    function: str
    kind: str
    last: str
    due: str
    state: str
    class_: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One trip or test."""

    at: str
    function: str
    kind: str
    response: str
    budget: str
    used: str
    verdict: str
    class_: str


@dataclass(frozen=True, slots=True)
class SafetySection:
    """What the template shows."""

    lead: str
    tiles: tuple[Tile, ...]
    tests: tuple[TestLine, ...]
    measures: tuple[MeasureLine, ...]


def safety_section(facts: Facts) -> SafetySection | None:
    """The safety functions; None where the lake has none."""
    found, now = facts.safety, facts.overview.as_of
    if found is None:
        return None
    due = sum(1 for test in found.tests if now is not None and now >= test.due_at)
    bad = sum(1 for one in found.measures if one.verdict in ("over_limit", "failed"))
    functions = len({(test.factory_id, test.machine_id, test.function_id) for test in found.tests})
    tiles = (
        Tile(count(functions), "safety functions of the profile"),
        Tile(count(due), "tests that are due", "bad" if due else "good"),
        Tile(count(bad), f"of the newest {len(found.measures)} trips and tests failed or were too slow",
             "bad" if bad else "good"),
    )  # fmt: skip
    return SafetySection(
        f"{plural(found.total, 'trip or test', 'trips and tests')} on record, against the budgets of the profile.",
        tiles,
        tuple(_test(test, now) for test in found.tests),
        tuple(map(_measure, found.measures)),
    )


def _test(test: SafetyTest, now: datetime | None) -> TestLine:
    state, class_ = "not yet half of its interval", ""
    if now is not None and now >= test.due_at:
        state, class_ = "due", "FAIL"
    elif now is not None and now >= test.half_at:
        state, class_ = "half of its interval is over", "WARN"
    last = NONE if test.last_passed_at is None else day(test.last_passed_at)
    return TestLine(_function(test), _KINDS[test.kind], last, day(test.due_at), state, class_)


def _measure(one: SafetyMeasure) -> MeasureLine:
    verdict, class_ = _VERDICTS[one.verdict]
    part = f" of {one.part}" if one.part else ""
    return MeasureLine(
        day(one.occurred_at), _function(one), f"{_KINDS[one.kind]}{part}", _seconds(one.response_time_s),
        _seconds(one.budget_s), NONE if one.used_frac is None else f"{100 * one.used_frac:.1f} %", verdict, class_,
    )  # fmt: skip


def _function(one: SafetyTest | SafetyMeasure) -> str:
    return f"{one.factory_id}/{one.machine_id}/{one.function_id}"


def _seconds(value: float | None) -> str:
    return NONE if value is None else f"{number(value)} s"

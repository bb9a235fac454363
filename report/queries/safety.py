"""Safety functions: which tests are due when, and the newest trips and tests with their response times."""

from dataclasses import dataclass
from datetime import datetime

from report.lake_view import LakeView

SHOWN = 20
"""Newest trips and tests on the page."""


@dataclass(frozen=True, slots=True)
class SafetyTest:
    """One test of one function."""

    factory_id: str
    machine_id: str
    function_id: str
    kind: str
    last_passed_at: datetime | None
    half_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SafetyMeasure:
    """One trip or test. Times in seconds; the verdict is that of `gold.safety_response`."""

    factory_id: str
    machine_id: str
    function_id: str
    kind: str
    part: str | None
    occurred_at: datetime
    response_time_s: float | None
    budget_s: float | None
    used_frac: float | None
    allowed_frac: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Safety:
    """Every test, the next one due first; the newest trips and tests, and how many there are."""

    tests: tuple[SafetyTest, ...]
    measures: tuple[SafetyMeasure, ...]
    total: int


def safety(view: LakeView) -> Safety | None:
    """The safety functions; None where the lake has none."""
    tests = view.rows(
        "SELECT factory_id, machine_id, function_id, kind, last_passed_at, half_at, due_at FROM gold.safety_tests "
        "ORDER BY due_at, factory_id, machine_id, function_id, kind"
    )
    measures = view.rows(
        "SELECT factory_id, machine_id, function_id, kind, part, occurred_at, response_time_s, budget_s, used_frac, "
        "allowed_frac, verdict FROM gold.safety_response "
        "ORDER BY occurred_at DESC, factory_id, machine_id, function_id, kind, part NULLS FIRST LIMIT $shown",
        {"shown": SHOWN},
    )
    if not tests and not measures:
        return None
    (counted,) = view.rows("SELECT count(*) AS total FROM gold.safety_response")
    return Safety(
        tuple(SafetyTest(**row) for row in tests), tuple(SafetyMeasure(**row) for row in measures), counted["total"]
    )

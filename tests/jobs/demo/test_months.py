"""The demo over three months: what must have come of them, by the registry's own records."""

import json
from datetime import datetime
from typing import Any

import pytest

from jobs.demo.dag_runs import DemoError
from jobs.demo.months import CLOCKS, check_story, missing_steps
from simulator.months import over_months
from simulator.plant import SimulationConfig


def report_of(*checks: tuple[str, str, str]) -> str:
    """The column of that name, of checks by name, verdict and text."""
    return json.dumps({"checks": [dict(zip(("name", "verdict", "text"), check, strict=True)) for check in checks]})


def decisions() -> list[dict[str, Any]]:
    """Three answers as they should be."""
    few = ("paired_failures", "INSUFFICIENT_DATA", "16 failures, needed 50")
    more = ("recall_difference", "PASS", "recall 0.06 higher")
    power = ("power_shift", "WARN", "shifts: 6/200 found")
    common = {"in_force": "c", "report": report_of(more, power)}
    return [
        {**common, "version": "a", "champion": None, "verdict": "WARN", "is_promoted": True, "reason": "monthly"},
        {**common, "version": "b", "champion": "a", "verdict": "INSUFFICIENT_DATA", "is_promoted": False,
         "report": report_of(few, more, power), "reason": "drift until 2026-03-23 of vibration_mean_24h_mm_s"},
        {**common, "version": "c", "champion": "a", "verdict": "WARN", "is_promoted": True, "reason": "monthly"},
    ]  # fmt: skip


def test_the_clocks_are_minutes_after_what_each_delivery_ends_with() -> None:
    plant = over_months(SimulationConfig(), len(CLOCKS))

    waits = [
        datetime.fromisoformat(clock) - plant.end_of(step) for clock, step in zip(CLOCKS, plant.steps, strict=True)
    ]
    assert {wait.total_seconds() for wait in waits} == {600.0}


def test_months_that_went_as_simulated_lack_nothing() -> None:
    lines: list[str] = []

    check_story(lambda _: decisions(), lines.append)

    assert lines[2:5] == [
        "demo: month 2: version b refused (INSUFFICIENT_DATA), asked for: drift until 2026-03-23 of "
        "vibration_mean_24h_mm_s",
        "demo:   16 failures, needed 50",
        "demo: month 3: version c champion (WARN), asked for: monthly",
    ]
    assert lines[5:] == ["demo:   recall 0.06 higher"]


@pytest.mark.parametrize(
    ("month", "column", "value", "words"),
    [
        (1, "is_promoted", False, "month 1: the first champion was refused"),
        (2, "reason", "1 failure missed in the week", "month 2: its training was asked for by '1 failure"),
        (2, "reason", None, "legal: by drift"),
        (2, "is_promoted", True, "month 2: the version was promoted"),
        (3, "champion", "b", "months 2 and 3: not compared with the first champion"),
        (3, "is_promoted", False, "month 3: the challenger was refused"),
        (3, "in_force", "a", "champion is a; legal: c, of month 3"),
    ],
)
def test_each_step_that_did_not_occur_ends_the_demo_with_its_name(
    month: int, column: str, value: object, words: str
) -> None:
    found = decisions()
    found[month - 1][column] = value

    assert len(missing_steps(found)) == 1
    with pytest.raises(DemoError, match=words):
        check_story(lambda _: found, lambda _: None)


def test_a_training_too_many_or_too_few_is_named() -> None:
    assert missing_steps(decisions()[:2]) == ["2 answers of a gate; legal: 3, one a month"]

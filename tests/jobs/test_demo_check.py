"""The demo's counts against the injected ones."""

from typing import Any

import pytest

from jobs.demo_check import differences

TRUTH = {
    "feeds": {
        "readings": {"records": 10, "accepted": 6, "duplicate": 1, "blank": 0, "quarantined": {"unknown_unit": 2},
                     "rejected": {"not_json": 1}},
        "errors": {"records": 2, "accepted": 1, "duplicate": 0, "blank": 0, "quarantined": {},
                   "rejected": {"not_json": 1}},
    }
}  # fmt: skip


def summary() -> dict[str, Any]:
    """What a platform says that counted right."""
    readings = {"records": 10, "accepted": 6, "duplicate": 1, "blank": 0, "quarantined": 2, "rejected": 1}
    errors = {"records": 2, "accepted": 1, "duplicate": 0, "blank": 0, "quarantined": 0, "rejected": 1}
    alerts = {"records": 5, "accepted": 5, "duplicate": 0, "blank": 0, "quarantined": 0, "rejected": 0}
    return {
        "accounting": {"readings": readings, "errors": errors, "alerts": alerts},
        "quarantine": {"unknown_unit": 2}, "rejected": {"not_json": 2},
    }  # fmt: skip


def test_counts_as_injected_differ_nowhere() -> None:
    assert differences(TRUTH, summary()) == []


@pytest.mark.parametrize(
    ("part", "name", "count", "words"),
    [
        ("readings", "accepted", 7, "readings: accepted: 7 counted, 6 injected"),
        ("errors", "blank", 1, "errors: blank: 1 counted, 0 injected"),
        ("quarantine", "unknown_unit", 1, "quarantined: unknown_unit: 1 counted, 2 injected"),
        ("rejected", "not_utf8", 1, "rejected: not_utf8: 1 counted, 0 injected"),
    ],
)
def test_each_count_that_differs_is_named(part: str, name: str, count: int, words: str) -> None:
    said = summary()
    said["accounting"].get(part, said.get(part))[name] = count

    assert differences(TRUTH, said) == [words]


def test_a_feed_that_the_platform_has_not_is_named() -> None:
    said = summary()
    del said["accounting"]["errors"]

    assert differences(TRUTH, said)[0] == "errors: records: 0 counted, 2 injected"

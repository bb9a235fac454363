"""Time to failure with cut-off follow-ups: against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import Dataset
from ml.data.failure_events import FailureEvents
from ml.data.healthy import maintenance_events
from ml.data.survival import FollowUp, follow_up_of, kaplan_meier, known_until_us
from tests.support.plant_frames import HOUR_US, plant_dataset

REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
"""Weeks of 21 patients under 6-mercaptopurine; + is cut off. Source: Freireich et al., Blood 21 (1963)."""


def follow_up(text: str) -> FollowUp:
    words = text.split()
    hours = np.array([float(word.rstrip("+")) for word in words])
    return FollowUp(hours, np.array([not word.endswith("+") for word in words]))


def test_the_textbooks_curve_is_found() -> None:
    """Source: Kleinbaum & Klein, Survival Analysis, the Kaplan-Meier table of these patients, to four places."""
    curve = kaplan_meier(follow_up(REMISSION))

    assert curve.hours.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.surviving.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]


@pytest.mark.parametrize(("share", "expected"), [(0.1, 6), (0.2, 10), (0.5, 23), (0.55, 23), (0.56, None), (0.9, None)])
def test_a_quantile_beyond_the_last_failure_is_unknown(share: float, expected: float | None) -> None:
    assert kaplan_meier(follow_up(REMISSION)).failed_by(share) == expected


def test_a_share_that_is_met_exactly_counts_as_reached() -> None:
    curve = kaplan_meier(follow_up("1 2 3 4 5 6 7 8 9 10"))

    assert [curve.failed_by(share) for share in (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)] == [1, 2, 3, 5, 7, 9]


def test_cutting_off_later_never_shortens_and_leaving_rows_out_would() -> None:
    """Of the rows that failed alone half had by 10; those that were cut off were observed as well."""
    failed_only = kaplan_meier(follow_up(" ".join(word for word in REMISSION.split() if not word.endswith("+"))))

    assert (failed_only.failed_by(0.5), kaplan_meier(follow_up(REMISSION)).failed_by(0.5)) == (10, 23)


def test_nobody_failed() -> None:
    curve = kaplan_meier(follow_up("5+ 7+"))

    assert (len(curve.hours), curve.failed_by(0.1), curve.surviving_at(9.0)) == (0, None, 1.0)


def test_the_curve_steps_at_the_failure_itself() -> None:
    curve = kaplan_meier(follow_up("2 4"))

    assert (curve.surviving_before(2.0), curve.surviving_at(2.0), curve.surviving_at(3.9)) == (1.0, 0.5, 0.5)


def rows(machine_ids: list[str], hours: list[int], failures: list[tuple[str, int]]) -> Dataset:
    whole = plant_dataset().keep(np.arange(len(plant_dataset())) < len(hours))
    return replace(
        whole, machine_ids=np.array(machine_ids), scored_us=np.array(hours) * HOUR_US, failures=events(failures)
    )


def events(found: list[tuple[str, int]]) -> FailureEvents:
    return maintenance_events(
        np.array([machine for machine, _ in found], dtype=np.str_),
        np.array([hour * HOUR_US for _, hour in found], dtype=np.int64),
    )


@pytest.mark.parametrize(
    ("services", "until", "expected"),
    [
        ([], 20, (7, True)),
        ([5], 20, (2, False)),
        ([3], 20, (7, True)),
        ([10], 20, (7, True)),
        ([12], 20, (7, True)),
        ([], 8, (5, False)),
        ([9], 8, (5, False)),
        ([], 10, (7, True)),
    ],
    ids=[
        "failure", "service before it", "service at the score itself", "repair at the failure itself",
        "repair after it", "end of the records before it", "the earlier cut", "end at the failure itself",
    ],
)  # fmt: skip
def test_a_rows_watch_ends_at_its_failure_or_at_what_came_before(
    services: list[int], until: int, expected: tuple[float, bool]
) -> None:
    """Scored at hour 3; the machine fails at hour 10, another one at hour 4."""
    dataset = rows(["a"], [3], [("a", 10), ("b", 4)])

    found = follow_up_of(dataset, events([("a", hour) for hour in services]), np.array([until * HOUR_US]))

    assert (found.hours.tolist(), found.failed.tolist()) == ([expected[0]], [expected[1]])


def test_a_machine_is_known_until_its_own_last_row_or_event() -> None:
    dataset = rows(["a", "b", "c", "a"], [1, 2, 3, 9], [("b", 5)])

    found = known_until_us(dataset, events([("c", 7), ("c", 2)]), dataset.machine_ids)

    assert (found // HOUR_US).tolist() == [9, 5, 7, 9]

"""Whether a DAG was paused when a run was due."""

from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("airflow")

from _run_rules import Switch, was_paused

DUE = datetime(2026, 3, 1, 3, 7, tzinfo=UTC)
LONG_AGO = DUE - timedelta(days=90)


def switch(minutes: float, *, paused: bool) -> Switch:
    return Switch(DUE + timedelta(minutes=minutes), paused)


@pytest.mark.parametrize(
    ("born", "switches", "expected"),
    [
        (LONG_AGO, [], False),
        (None, [], False),
        (DUE + timedelta(seconds=1), [], True),
        (LONG_AGO, [switch(1, paused=False)], True),
        (LONG_AGO, [switch(-1, paused=False)], False),
        (LONG_AGO, [switch(-9, paused=True), switch(1, paused=False)], True),
        (LONG_AGO, [switch(1, paused=False), switch(-9, paused=True)], True),
        (LONG_AGO, [switch(-9, paused=False), switch(1, paused=False)], False),
        (LONG_AGO, [switch(-9, paused=False), switch(-5, paused=True), switch(1, paused=False)], True),
        (LONG_AGO, [switch(-9, paused=False), switch(1, paused=True), switch(2, paused=False)], False),
        (LONG_AGO, [switch(1, paused=True), switch(2, paused=False)], False),
        (LONG_AGO, [switch(0, paused=False)], False),
    ],
)
def test_a_run_is_for_a_paused_time_where_the_last_switch_before_it_says_so(
    born: datetime | None, switches: list[Switch], expected: bool
) -> None:
    assert was_paused(DUE, born, switches) is expected

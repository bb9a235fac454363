from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.alerts.acknowledging import acknowledge
from jobs.alerts.condition import FOLDED, Acknowledgement, Condition, Severity
from jobs.alerts.observing import MOST_OPEN, observe, open_alerts
from lakehouse.errors import UsageError

NOW = datetime(2026, 11, 28, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stale(table: str = "gold.machine_daily", severity: Severity = Severity.WARNING) -> Condition:
    return Condition(f"table_stale/{table}", severity, "table_stale", f"{table} is stale", "run it", "status")


def test_a_look_opens_what_is_new_and_recovers_what_is_gone(tmp_path: Path) -> None:
    first = observe(tmp_path, "status", [stale("a"), stale("b")], NOW)
    second = observe(tmp_path, "status", [stale("b"), stale("c")], NOW + HOUR)

    assert (first.opened, first.recovered) == (("table_stale/a", "table_stale/b"), ())
    assert (second.opened, second.open, second.recovered) == (
        ("table_stale/c",),
        ("table_stale/b",),
        ("table_stale/a",),
    )
    assert [(alert.condition.key, alert.opened_at) for alert in open_alerts(tmp_path)] == [
        ("table_stale/b", NOW),
        ("table_stale/c", NOW + HOUR),
    ]


def test_a_look_recovers_nothing_of_another_scope(tmp_path: Path) -> None:
    observe(tmp_path, "status", [stale()], NOW)

    observe(tmp_path, "dag/ingest_hourly", [], NOW)

    assert len(open_alerts(tmp_path)) == 1


def test_reading_makes_nothing(tmp_path: Path) -> None:
    assert open_alerts(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_storm_is_bounded_and_counted_and_the_most_severe_stay(tmp_path: Path) -> None:
    storm = [stale(f"t{number:05}") for number in range(10_000)]
    worst = stale("zzz", Severity.CRITICAL)

    seen = observe(tmp_path, "status", [*storm, worst], NOW)
    again = observe(tmp_path, "status", [*reversed(storm), worst], NOW + HOUR)

    alerts = open_alerts(tmp_path)
    (rest,) = [alert.condition for alert in alerts if alert.condition.kind == FOLDED]
    assert len(alerts) == len(seen.opened) == MOST_OPEN
    assert alerts[0].condition == worst
    assert rest.subject == f"{10_001 - MOST_OPEN + 1} more conditions of status: 9002 warning table_stale"
    assert (again.opened, again.recovered) == ((), ())


def test_texts_of_any_bytes_are_stored_as_one_line(tmp_path: Path) -> None:
    odd = Condition("waiting/a\n\udcff\x1b[2J", Severity.INFO, "files_waiting", "a\r\nb" + "x" * 9000)

    observe(tmp_path, "status", [odd], NOW)
    again = observe(tmp_path, "status", [odd], NOW)

    (alert,) = open_alerts(tmp_path)
    assert alert.condition.key == "waiting/a ? [2J"
    assert alert.condition.subject.startswith("a b")
    assert len(alert.condition.subject) == 500
    assert again.opened == ()


def test_acknowledged_until_a_time_and_only_for_this_opening(tmp_path: Path) -> None:
    observe(tmp_path, "status", [stale()], NOW)

    assert acknowledge(tmp_path, ["table_stale/gold.machine_daily"], "Ada", NOW + HOUR, NOW)

    (alert,) = open_alerts(tmp_path)
    assert (alert.is_acknowledged(NOW), alert.is_acknowledged(NOW + HOUR)) == (True, False)
    observe(tmp_path, "status", [], NOW)
    observe(tmp_path, "status", [stale()], NOW)
    assert open_alerts(tmp_path)[0].acknowledgement is None


def test_an_alert_that_gets_worse_than_ever_needs_a_new_acknowledgement(tmp_path: Path) -> None:
    observe(tmp_path, "status", [stale(severity=Severity.INFO)], NOW)
    acknowledge(tmp_path, [], "Ada", NOW + HOUR, NOW)

    observe(tmp_path, "status", [stale(severity=Severity.CRITICAL)], NOW)

    assert open_alerts(tmp_path)[0].acknowledgement is None


@pytest.mark.parametrize(
    ("keys", "until", "said"),
    [(["nonsense"], NOW + HOUR, "legal: table_stale/gold.machine_daily"), ([], NOW, "legal: a time after now")],
    ids=["unknown key", "over already"],
)
def test_a_wrong_acknowledgement_changes_nothing(tmp_path: Path, keys: list[str], until: datetime, said: str) -> None:
    observe(tmp_path, "status", [stale()], NOW)

    with pytest.raises(UsageError, match=said):
        acknowledge(tmp_path, keys, "Ada", until, NOW)

    assert open_alerts(tmp_path)[0].acknowledgement is None


def test_an_acknowledgement_that_came_with_the_condition_counts_once_until_its_end(tmp_path: Path) -> None:
    """As one by command: the later end counts, and one that is over is none."""
    held = Acknowledgement("rossi", NOW - HOUR, NOW + 2 * HOUR)
    found = replace(stale(), held=held)

    def seen(now: datetime, condition: Condition) -> Acknowledgement | None:
        observe(tmp_path, "status", [condition], now)
        (alert,) = open_alerts(tmp_path)
        return alert.acknowledgement if alert.is_acknowledged(now) else None

    assert seen(NOW, found) == seen(NOW, found) == seen(NOW, stale()) == held
    acknowledge(tmp_path, [found.key], "bianchi", NOW + 3 * HOUR, NOW)
    assert seen(NOW, found) == Acknowledgement("bianchi", NOW, NOW + 3 * HOUR)
    assert seen(NOW + 3 * HOUR, found) is None

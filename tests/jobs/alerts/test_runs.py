import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.alerts.observing import open_alerts
from jobs.alerts.runs import MOST_RUNS, Outcome, Report, last_runs, report_run
from jobs.alerts.store import look
from jobs.cli import main

NOW = datetime(2026, 11, 28, 19, 5, tzinfo=UTC)
SUCCESS, FAILED, LATE = Outcome.SUCCESS, Outcome.FAILED, Outcome.LATE


def scheduled(hour: int) -> str:
    return f"scheduled__2026-11-28T{hour:02}:00:00+00:00"


def tell(state: Path, *reports: tuple[str, Outcome], now: datetime = NOW) -> list[str]:
    """Report runs of one DAG in order; the kinds of the alerts that are open afterwards."""
    for run_id, outcome in reports:
        report_run(state, Report("dag", "ingest_hourly", run_id, outcome, task="silver"), now)
    return [alert.condition.kind for alert in open_alerts(state)]


def test_a_failed_run_alerts_and_its_retry_recovers_it(tmp_path: Path) -> None:
    failed = tell(tmp_path, (scheduled(18), FAILED))
    recovered = tell(tmp_path, (scheduled(18), SUCCESS))

    assert (failed, recovered) == (["dag_run_failed"], [])


def test_a_later_success_recovers_a_failure(tmp_path: Path) -> None:
    assert tell(tmp_path, (scheduled(17), FAILED), (scheduled(18), SUCCESS)) == []


def test_an_older_failure_opens_nothing_after_a_newer_success(tmp_path: Path) -> None:
    assert tell(tmp_path, (scheduled(18), SUCCESS), (scheduled(17), FAILED)) == []
    assert tell(tmp_path, (scheduled(17), LATE)) == []
    (last,) = last_runs(tmp_path)
    assert last.good is not None
    assert last.bad is not None
    assert (last.good.run_id, last.bad.run_id) == (scheduled(18), scheduled(17))


def test_an_older_success_recovers_no_newer_failure(tmp_path: Path) -> None:
    assert tell(tmp_path, (scheduled(18), FAILED), (scheduled(17), SUCCESS)) == ["dag_run_failed"]


def test_a_late_run_is_late_until_it_ends(tmp_path: Path) -> None:
    assert tell(tmp_path, (scheduled(18), LATE)) == ["dag_run_late"]
    assert tell(tmp_path, (scheduled(18), FAILED)) == ["dag_run_failed"]
    assert tell(tmp_path, (scheduled(18), LATE)) == ["dag_run_failed"]
    assert tell(tmp_path, (scheduled(18), SUCCESS), (scheduled(18), LATE)) == []


def test_a_late_run_does_not_hide_that_the_one_before_failed(tmp_path: Path) -> None:
    assert tell(tmp_path, (scheduled(17), FAILED), (scheduled(18), LATE)) == ["dag_run_failed"]


@pytest.mark.parametrize("clock", [NOW, NOW - timedelta(days=400)], ids=["same", "set back"])
def test_runs_without_a_time_in_their_id_are_in_the_order_of_their_first_report(
    tmp_path: Path, clock: datetime
) -> None:
    assert tell(tmp_path, ("first", FAILED)) == ["dag_run_failed"]
    assert tell(tmp_path, ("second", SUCCESS), now=clock) == []
    assert tell(tmp_path, ("first", FAILED), now=clock) == []
    assert tell(tmp_path, ("third", FAILED), now=clock) == ["dag_run_failed"]


def test_recorded_runs_are_bounded_and_the_last_good_one_stays(tmp_path: Path) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    tell(tmp_path, (f"scheduled__{first.isoformat()}", SUCCESS))
    for hour in range(1, MOST_RUNS + 10):
        tell(tmp_path, (f"scheduled__{(first + timedelta(hours=hour)).isoformat()}", FAILED))

    (last,) = last_runs(tmp_path)
    with look(tmp_path) as store:
        assert store is not None
        assert store.execute("SELECT count(*) FROM runs").fetchone()[0] == MOST_RUNS + 1
    assert last.good is not None
    assert last.good.due_at == first


@pytest.mark.usefixtures("away_from_the_users_settings")
def test_the_command_that_airflow_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["alerts", "report-run", "--dag", "ingest_hourly", "--run-id", scheduled(18), "--state", str(tmp_path)]

    assert main([*words, "--outcome", "failed", "--task", "silver", "--detail", "gate"]) == 0
    capsys.readouterr()
    assert main(["alerts", "list", "--json", "--state", str(tmp_path)]) == 0

    (alert,) = json.loads(capsys.readouterr().out)["alerts"]
    assert (alert["key"], alert["severity"]) == ("dag_run/ingest_hourly", "critical")
    assert alert["subject"] == "DAG ingest_hourly failed in task silver: gate"


@pytest.mark.usefixtures("away_from_the_users_settings")
def test_a_run_without_its_outcome_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "report-run", "--dag", "a", "--state", str(tmp_path)]) == 2
    assert "report-run needs --run-id, --outcome" in capsys.readouterr().err

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.job_runs import job_conditions
from jobs.alerts.looking import LookError, look_at_all
from jobs.alerts.observing import open_alerts
from jobs.alerts.reporting import look_and_send
from jobs.alerts.sending import send
from jobs.cli import main
from jobs.rules.job import or_refused
from jobs.runs.journal import Entry, Outcome, record, write
from jobs.runs.recorded import RecordedRun, recorded
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused
from tests.support.alert_rig import LIMITS, NOON, stale


def well(_settings: Settings, _now: datetime) -> Sequence[Condition]:
    return ()


def ill(_settings: Settings, _now: datetime) -> Sequence[Condition]:
    return (stale(),)


def broken(_settings: Settings, _now: datetime) -> Sequence[Condition]:
    raise KeyError("column")


def test_a_look_that_fails_is_a_condition_and_stops_no_other(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)

    with pytest.raises(LookError, match="it is not known whether b is well: KeyError") as error:
        look_at_all(settings, NOON, {"a": well, "b": broken, "c": ill, "d": broken})

    found = error.value.found
    assert {scope: [each.key for each in conditions] for scope, conditions in found.items()} == {
        "a": [],
        "c": ["table_stale/gold.machine_daily"],
        "look": ["look_failed/b", "look_failed/d"],
    }


def test_what_cannot_be_looked_at_stays_as_it_was(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    send(settings, look_at_all(settings, NOON, {"a": ill}), NOON, LIMITS)

    with pytest.raises(LookError) as error:
        look_at_all(settings, NOON, {"a": broken})
    send(settings, error.value.found, NOON, LIMITS)

    assert [alert.condition.key for alert in open_alerts(tmp_path)] == [
        "look_failed/a",
        "table_stale/gold.machine_daily",
    ]


def test_the_last_end_of_each_job_is_what_counts(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    for name, outcome, detail in (
        ("ingest", Outcome.FAILED, "the disk is full"),
        ("silver", Outcome.REFUSED, "speed is above its range"),
        ("promote", Outcome.REFUSED, "costs more"),
        ("gold", Outcome.FAILED, "gone"),
        ("gold", Outcome.DONE, ""),
    ):
        record(tmp_path, name, outcome, NOON, detail)

    found = {each.key: (each.severity, each.kind) for each in job_conditions(settings, NOON)}

    assert found == {
        "job_failed/ingest": (Severity.CRITICAL, "job_failed"),
        "gate_refused/silver": (Severity.CRITICAL, "gate_refused"),
        "gate_refused/promote": (Severity.INFO, "model_gate_refused"),
    }


def test_a_run_that_rules_alone_refused_is_no_alert_beside_those_of_the_rules(tmp_path: Path) -> None:
    settings, rules = Settings(state=tmp_path), ["buckets_add_up of silver.buckets (fail) found 1 row"]

    def keys(reasons: list[str]) -> list[str]:
        data = {"refusing_rules": rules, "reasons": reasons}
        RecordedRun(tmp_path, "silver").end(RunReport("silver", changed=True, data=data, exit_code=ExitCode.REFUSED))
        return [each.key for each in job_conditions(settings, NOON)]

    assert keys(rules) == []
    assert keys(["speed is above its range", *rules]) == ["gate_refused/silver"]
    with pytest.raises(GateRefused), recorded(tmp_path, "silver"):
        or_refused(RunReport("silver", changed=True, data={"refusing_rules": rules}))
    assert job_conditions(settings, NOON) == ()


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit", "LakeBusyError"])
def test_a_job_that_a_person_ended_or_that_did_not_want_to_wait_is_no_fault(tmp_path: Path, error: str) -> None:
    write(tmp_path, Entry("ingest", Outcome.FAILED, NOON, "ended", error))

    assert job_conditions(Settings(state=tmp_path), NOON) == ()


def test_a_look_at_the_end_of_a_run_is_given_up_in_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def endless(_settings: Settings, _now: datetime) -> Sequence[Condition]:
        ended.wait()
        return ()

    settings = Settings(state=tmp_path)
    assert look_and_send(settings, {"a": endless}, NOON, within_s=0.05) is None
    ended.set()
    assert "was not looked at: no answer within" in caplog.text

    assert look_and_send(settings, {"a": ill, "b": broken}, NOON) is not None
    assert [alert.condition.key for alert in open_alerts(tmp_path)] == [
        "look_failed/b",
        "table_stale/gold.machine_daily",
    ]


def test_a_job_that_a_dag_has_started_is_left_to_the_report_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_DAG_RUN", "ingest_hourly scheduled__2026-11-28T19:00:00+00:00")
    with pytest.raises(OSError, match="gone"), recorded(tmp_path, "ingest"):
        raise OSError("gone")
    assert job_conditions(Settings(state=tmp_path), NOON) == ()

    monkeypatch.delenv("ASSAY_DAG_RUN")
    with pytest.raises(OSError, match="gone"), recorded(tmp_path, "ingest"):
        raise OSError("gone")

    assert [each.key for each in job_conditions(Settings(state=tmp_path), NOON)] == ["job_failed/ingest"]


@pytest.mark.usefixtures("away_from_the_users_settings")
def test_a_job_that_fails_is_an_alert_of_the_next_send_and_its_good_run_recovers_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real job with a plant that is not there; then one on an empty landing folder."""
    words = ["--lake", str(tmp_path / "lake"), "--state", str(tmp_path / "state"), "--landing", str(tmp_path / "in")]
    (tmp_path / "in").mkdir()
    assert main(["ingest", *words, "--plant", "./nowhere"]) == 2
    main(["alerts", "send", *words])
    main(["alerts", "list", *words])
    assert "job_failed/ingest" in capsys.readouterr().out

    assert main(["ingest", *words]) == 0
    main(["alerts", "send", *words])
    main(["alerts", "list", *words])

    assert "job_failed/ingest" not in capsys.readouterr().out.split("open: ")[-1]

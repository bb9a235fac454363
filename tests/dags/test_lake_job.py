"""The operator, with real processes in place of the project's interpreter."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("airflow")

from _child import Finished
from _command import job_environment
from _lake_job import SILVER, Announce, LakeCommand, Refusal, reason
from _run_time import as_of
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


Python = Callable[[str], None]
Run = Callable[..., dict[str, Any]]


class FakeRun:
    """A task instance that remembers what was pushed."""

    def __init__(self, *, try_number: int = 1, pulled: dict[str, Any] | None = None) -> None:
        self.try_number = try_number
        self.pulled = pulled
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str) -> dict[str, Any] | None:
        return self.pulled if task_ids == "silver" else None


def context(**changes: Any) -> Any:
    return {
        "params": {},
        "dag": SimpleNamespace(params={"as_of": None, "files_until": None}),
        "dag_run": SimpleNamespace(logical_date=NOON, run_after=NOON, conf={}),
        "run_id": "manual__1",
        "ti": FakeRun(),
        "outlet_events": {SILVER: SimpleNamespace(extra={})},
    } | changes


def event(as_of_text: str) -> SimpleNamespace:
    return SimpleNamespace(extra={"as_of": as_of_text})


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Python:
    """Makes a command out of shell lines and puts it in place of the project's interpreter."""

    def put(lines: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{lines}\n", encoding="ascii")
        path.chmod(0o755)
        monkeypatch.setenv("ASSAY_PYTHON", str(path))

    return put


@pytest.fixture
def run() -> Run:
    """Executes a task of a small DAG: job, rest, tear-down."""

    def execute(given: Any = None, **options: Any) -> dict[str, Any]:
        with DAG("some_dag", schedule=None):
            job = LakeCommand(task_id="job", command=["job"], **options)
            rest = LakeCommand(task_id="rest", command=["rest"])
            job >> rest >> LakeCommand(task_id="down", command=["down"]).as_teardown()
        return dict(job.execute(given or context()))

    return execute


def test_a_command_gets_the_time_and_is_asked_for_its_report(python: Python, run: Run) -> None:
    python("""printf '{"argv": "%s"}' "$*" """)

    assert run() == {"argv": "-m jobs.cli job --as-of 2026-03-01T12:00:00+00:00 --json"}


def test_a_command_gets_the_name_of_the_run_that_starts_it(python: Python, run: Run) -> None:
    """So that its failure is the run's to report: another try may follow."""
    python("""printf '{"run": "%s"}' "$ASSAY_DAG_RUN" """)

    assert run() == {"run": "some_dag manual__1"}


def test_an_engine_command_gets_neither(python: Python, run: Run) -> None:
    python("""printf '{"argv": "%s"}' "$*" """)

    assert run(is_job=False) == {"argv": "-m jobs.cli job"}


def test_the_project_is_the_working_directory(python: Python, run: Run) -> None:
    python("""printf '{"cwd": "%s"}' "$PWD" """)

    assert run() == {"cwd": str(Path(__file__).resolve().parents[2])}


def test_lines_of_the_command_are_lines_of_the_task(
    python: Python, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    python("echo reading 3 files >&2")

    run()

    assert "reading 3 files" in capfd.readouterr().out


@pytest.mark.parametrize("code", [1, 4, 137])
def test_an_unexpected_end_may_be_tried_again(python: Python, run: Run, code: int) -> None:
    python(f"echo the disk is full >&2; exit {code}")

    with pytest.raises(AirflowException, match=f"exit code {code}: the disk is full") as raised:
        run()
    assert not isinstance(raised.value, AirflowFailException)


def test_a_signal_may_be_tried_again(python: Python, run: Run) -> None:
    python("kill -9 $$")

    with pytest.raises(AirflowException, match="exit code -9"):
        run()


def test_wrong_usage_is_not_tried_again(python: Python, run: Run) -> None:
    python("echo unknown key lakee >&2; exit 2")

    with pytest.raises(AirflowFailException, match="unknown key lakee"):
        run()


def test_a_refused_data_gate_is_not_tried_again(python: Python, run: Run) -> None:
    python("""echo '{"reasons": ["12 % out of range", "no rows"]}'; exit 3""")

    with pytest.raises(AirflowFailException, match="job refused: 12 % out of range; no rows"):
        run()


def test_a_refused_model_gate_skips_the_rest_but_not_the_tear_down(
    python: Python, run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "nowhere")
    python("""echo '{"reasons": ["recall fell"]}'; exit 3""")
    given = context()

    with pytest.raises(DownstreamTasksSkipped) as raised:
        run(given, refusal=Refusal.SKIPS_REST)

    assert raised.value.tasks == ["rest"]
    assert given["ti"].pushed["return_value"] == {"reasons": ["recall fell"], "refused": "job refused: recall fell"}
    told = capfd.readouterr().out
    assert "job refused: recall fell; skipped: rest" in told
    assert "the run's note was not written ([api] base_url is 'nowhere'" in told


def test_a_second_try_does_not_say_that_nothing_changed(python: Python, run: Run) -> None:
    python("""echo '{"changed": false, "rows": 0}'""")

    assert run()["changed"] is False
    assert "changed" not in run(context(ti=FakeRun(try_number=2)))


def test_a_job_that_goes_by_the_wall_clock_gets_a_time_only_where_a_person_gave_one(python: Python, run: Run) -> None:
    python("""printf '{"argv": "%s"}' "$*" """)
    times = ("as_of", "files_until")
    given = context(params={"files_until": "2026-03-01T13:00:00+01:00"})

    assert run(times=times) == {"argv": "-m jobs.cli job --json"}
    assert run(given, times=times) == {"argv": "-m jobs.cli job --files-until 2026-03-01T12:00:00+00:00 --json"}


def test_an_unknown_parameter_is_refused_before_anything_runs(python: Python, run: Run, tmp_path: Path) -> None:
    python(f"touch {tmp_path}/ran")
    given = context(dag_run=SimpleNamespace(logical_date=NOON, run_after=NOON, conf={"round": 3, "as_of": None}))

    with pytest.raises(AirflowFailException, match="unknown parameter 'round'; legal are as_of, files_until"):
        run(given)

    assert not (tmp_path / "ran").exists()
    assert "'round'" in given["ti"].pushed["reason"]


def test_why_a_command_failed_is_left_for_the_last_task(python: Python, run: Run) -> None:
    python("echo the disk is full >&2; exit 1")
    given = context()

    with pytest.raises(AirflowException):
        run(given)

    assert given["ti"].pushed == {"reason": "job: exit code 1: the disk is full"}


@pytest.mark.parametrize("report", [{"changed": True}, {}, None], ids=["changed", "not said", "no report"])
def test_an_asset_is_announced_with_the_time_it_is_as_of(report: dict[str, Any] | None) -> None:
    given = context(ti=FakeRun(pulled=report))

    Announce(task_id="announce", asset=SILVER, after="silver").execute(given)

    assert given["outlet_events"][SILVER].extra == {"as_of": "2026-03-01T12:00:00+00:00"}


def test_an_asset_that_did_not_change_is_not_announced() -> None:
    given = context(ti=FakeRun(pulled={"changed": False}))

    with pytest.raises(AirflowSkipException, match="silver changed nothing"):
        Announce(task_id="announce", asset=SILVER, after="silver").execute(given)


def test_a_time_that_was_asked_for_wins() -> None:
    given = context(
        params={"as_of": "2026-01-01T01:00:00+01:00"},
        triggering_asset_events={SILVER: [event("2026-02-01T00:00:00+00:00")]},
    )

    assert as_of(given) == "2026-01-01T00:00:00+00:00"


def test_a_run_of_an_asset_is_as_of_its_newest_announcement() -> None:
    given = context(
        triggering_asset_events={SILVER: [event("2026-02-02T00:30:00+01:00"), event("2026-02-02T00:00:00+00:00")]}
    )

    assert as_of(given) == "2026-02-02T00:00:00+00:00"


def test_an_event_that_a_person_made_has_no_time() -> None:
    given = context(triggering_asset_events={SILVER: [SimpleNamespace(extra={})]})

    assert as_of(given) == "2026-03-01T12:00:00+00:00"


def test_a_run_without_a_date_is_as_of_the_time_it_was_due() -> None:
    given = context(dag_run=SimpleNamespace(logical_date=None, run_after=NOON))

    assert as_of(given) == "2026-03-01T12:00:00+00:00"


def test_a_time_without_a_zone_is_utc() -> None:
    assert as_of(context(params={"as_of": "2026-01-01T00:00:00"})) == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("finished", "told"),
    [
        (Finished(3, {"reasons": ["a", "b"]}, "last"), "a; b"),
        (Finished(3, {"error": "a"}, "last"), "a"),
        (Finished(3, {}, "last"), "last"),
        (Finished(3, {}, ""), "it gave no reason"),
    ],
    ids=["list", "text", "line", "nothing"],
)
def test_the_reason_is_the_reports_else_the_last_line(finished: Finished, told: str) -> None:
    assert reason(finished) == told


def test_what_is_airflows_alone_does_not_reach_a_job() -> None:
    given = {
        "PATH": "/bin",
        "ASSAY_LAKE": "lake",
        "AIRFLOW_HOME": "x",
        "AIRFLOW__API_AUTH__JWT_SECRET": "x",
        "_AIRFLOW_PROCESS_CONTEXT": "client",
        "ASSAY_PYTHON": "x",
        "ASSAY_DAG_CLOCK": "off",
    }

    assert job_environment(given) == {"PATH": "/bin", "ASSAY_LAKE": "lake", "PYTHONUNBUFFERED": "1"}

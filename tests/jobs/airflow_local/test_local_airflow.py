"""Our DAGs under a real scheduler on a home of its own, with a script in place of the project's interpreter."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.airflow_local import LocalAirflow, RunState, processes, start
from jobs.airflow_local.__main__ import main
from jobs.airflow_local.demo import run_all
from jobs.airflow_local.errors import AlreadyRunningError, ApiError, StartError
from jobs.airflow_local.service import PARTS
from tests.support.airflow_jobs import Jobs
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

DAGS = Path(__file__).resolve().parents[3] / "dags"
AS_OF = "2026-01-02T03:00:00+00:00"
READING = timedelta(seconds=8)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, jobs: Jobs) -> Iterator[LocalAirflow]:
    home = tmp_path_factory.mktemp("airflow") / "home"
    running = start(home, DAGS, 0, {"ASSAY_PYTHON": str(jobs.python), "ASSAY_DAG_CLOCK": "off"})
    try:
        for dag_id in running.dag_ids():
            running.unpause(dag_id)
        yield running
    finally:
        running.stop()


def run(airflow: LocalAirflow, dag_id: str) -> RunState:
    return airflow.wait(dag_id, airflow.trigger(dag_id, {"as_of": AS_OF}), PATIENCE_S)


def states(state: RunState) -> dict[str, str]:
    return {task.task_id: task.state for task in state.tasks}


def family(home: Path) -> list[processes.Pid]:
    roots = [pid for name in PARTS if (pid := processes.running(home, name)) is not None]
    return [*roots, *(member for root in roots for member in processes.descendants(root))]


def listening(pids: list[processes.Pid]) -> set[str]:
    """Local addresses, in the kernel's hexadecimal, that these processes listen on."""
    inodes: set[str] = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid.number}/fd").iterdir():
            # A descriptor may be closed while we look.
            with suppress(FileNotFoundError):
                inodes.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    # Column 4 is the state, 0A is LISTEN; column 10 is the inode (proc(5)).
    return {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}


def test_it_listens_on_one_port_of_loopback_only(airflow: LocalAirflow) -> None:
    port = int(airflow.url.rpartition(":")[2])

    assert listening(family(airflow.home)) == {f"0100007F:{port:04X}"}


def test_our_dags_and_no_others_are_there(airflow: LocalAirflow) -> None:
    assert airflow.dag_ids() == {path.stem for path in DAGS.glob("[!_]*.py")}


def test_the_demo_runs_every_dag_once_with_gold_started_by_new_silver(airflow: LocalAirflow, jobs: Jobs) -> None:
    jobs.plan({"silver": {"report": {"changed": True}}})
    told: list[str] = []
    own = {"retrain_monthly": {"rounds": 40, "reason": "a new sensor"}}

    runs = run_all(airflow, {"as_of": AS_OF}, own, told.append)

    order = ["ingest_hourly", "gold_on_silver", "monitor_daily", "upkeep_daily", "retrain_monthly"]
    assert [(state.dag_id, state.state) for state in runs] == [(dag_id, "success") for dag_id in order]
    dated = [call["argv"] for call in jobs.calls() if call["argv"][0] not in ("engine", "alerts")]
    assert [argv[0] for argv in dated] == [
        "ingest",
        "silver",
        "gold",
        "score",
        "quality",
        "drift",
        "upkeep",
        "train",
        "promote",
        "bundle",
    ]
    # Gold too, which nobody gave a time: it takes that of the run which announced silver.
    assert {tuple(argv[-3:]) for argv in dated} == {("--as-of", AS_OF, "--json")}
    own_words = ["--horizon=24h", "--rounds=40", "--seed=20150101", "--set=", "--reason=a new sensor"]
    assert dated[7][1:6] == own_words
    assert [len(state.tasks) for state in runs] == [6, 5, 6, 4, 7]
    assert len(told) == 28
    assert re.fullmatch(r"gold_on_silver +score +success +\d+\.\d s", told[8])


def test_unchanged_silver_starts_nothing(airflow: LocalAirflow, jobs: Jobs) -> None:
    jobs.plan({"silver": {"report": {"changed": False}}})
    known = airflow.run_ids("gold_on_silver")

    ingest = run(airflow, "ingest_hourly")

    assert ingest.state == "success"
    assert ingest.task("announce_silver").state == "skipped"
    assert airflow.run_ids("gold_on_silver") == known


def test_a_refused_data_gate_is_red_at_its_first_try_and_gives_the_engine_back(
    airflow: LocalAirflow, jobs: Jobs
) -> None:
    jobs.plan({"ingest": {"code": 3, "report": {"reasons": ["12 % of the rows out of range"]}}})
    told: list[str] = []

    (ingest,) = run_all(airflow, {}, {}, told.append)

    assert ingest.state == "failed"
    assert states(ingest) == {
        "take_engine": "success",
        "ingest": "failed",
        "silver": "skipped",
        "announce_silver": "skipped",
        "release_engine": "success",
        "outcome": "failed",
    }
    assert ingest.task("ingest").try_number == 1
    assert "    ingest did what it had to" in told
    leases = [call["argv"][3] for call in jobs.calls() if call["argv"][0] == "engine"]
    assert leases == [f"ingest_hourly.{ingest.run_id}"] * 2


def test_a_refused_model_gate_is_a_green_run_without_a_bundle_and_says_why(airflow: LocalAirflow, jobs: Jobs) -> None:
    jobs.plan({"promote": {"code": 3, "report": {"reasons": ["recall 0.50 is below 0.75"]}}})

    retrain = run(airflow, "retrain_monthly")

    assert retrain.state == "success"
    assert states(retrain) == {
        "take_engine": "success",
        "train": "success",
        "promote": "success",
        "bundle": "skipped",
        "start_approval": "success",
        "release_engine": "success",
        "outcome": "success",
    }
    assert retrain.note == "promote refused: recall 0.50 is below 0.75"
    assert jobs.commands() == ["lease", "train", "promote", "release", "report-run"]


@pytest.mark.parametrize(
    ("answer", "rest", "called"),
    [
        ("Approve", "success", ["lease", "promote", "bundle", "release"]),
        ("Reject", "skipped", []),
    ],
)
def test_a_version_that_waits_for_a_person_is_asked_for_and_the_answer_decides(
    airflow: LocalAirflow, jobs: Jobs, answer: str, rest: str, called: list[str]
) -> None:
    asked = {"is_due": True, "version": "v-123", "reason": "gate: PASS"}
    jobs.plan({"promote": {"code": 3, "report": {"reasons": ["a person"], "approval": asked}}})
    known = set(airflow.run_ids("approve_model"))
    trained = run(airflow, "retrain_monthly")
    run_id = airflow.wait_for_new_run("approve_model", known, PATIENCE_S)
    waiting = wait_for(
        lambda: _question(airflow, run_id), "the question", lambda: airflow.run_state("approve_model", run_id)
    )
    jobs.plan({})

    ended = wait_for(
        lambda: _end(airflow, run_id, answer), "the end", lambda: airflow.run_state("approve_model", run_id)
    )

    assert (trained.state, trained.task("bundle").state) == ("success", "skipped")
    assert "v-123" in waiting["subject"]
    assert ended.state == "success"
    assert {task.task_id: task.state for task in ended.tasks if task.task_id not in ("ask_person", "outcome")} == (
        dict.fromkeys(("take_engine", "promote", "bundle", "release_engine"), rest)
    )
    assert [command for command in jobs.commands() if command != "report-run"] == called
    for call in jobs.calls():
        if call["command"] == "promote":
            assert {"--version=v-123", "--reason=gate: PASS"} < {*call["argv"]}
            (name,) = (word for word in call["argv"] if word.startswith("--approved-by="))
            assert name != "--approved-by="
            assert "--as-of" not in call["argv"]  # the time of the answer


def _end(airflow: LocalAirflow, run_id: str, answer: str) -> RunState | None:
    """The run once it has ended; the question is answered as often as it is asked."""
    if _question(airflow, run_id):
        path = ("dags", "approve_model", "dagRuns", run_id, "taskInstances", "ask_person", "-1", "hitlDetails")
        with suppress(ApiError):  # it has the answer, and has not taken it up yet
            airflow.rest.patch(*path, body={"chosen_options": [answer], "params_input": {}})
    found = airflow.run_state("approve_model", run_id)
    return found if found.state in ("success", "failed") else None


def _question(airflow: LocalAirflow, run_id: str) -> dict[str, Any] | None:
    """What the person is asked, once the task has waited for as long as a person reads.

    Airflow 3.3.2 counts a try as failed where the answer comes before the scheduler has heard that the process which
    asked has ended: "finished with state success, but the task instance's state attribute is queued".
    """
    path = ("dags", "approve_model", "dagRuns", run_id)
    task = airflow.rest.get(*path, "taskInstances", "ask_person")
    if task["state"] != "awaiting_input" or datetime.now(UTC) < datetime.fromisoformat(task["start_date"]) + READING:
        return None
    return airflow.rest.get(*path, "taskInstances", "ask_person", "-1", "hitlDetails")


def test_the_form_refuses_a_value_that_is_not_legal(airflow: LocalAirflow) -> None:
    with pytest.raises(ApiError, match="rounds"):
        airflow.trigger("retrain_monthly", {"rounds": 0})


def test_an_engine_that_cannot_be_given_back_makes_the_run_red(airflow: LocalAirflow, jobs: Jobs) -> None:
    jobs.plan({"release": {"code": 2}})

    monitor = run(airflow, "monitor_daily")

    assert monitor.state == "failed"
    assert states(monitor) == {
        "take_engine": "success",
        "quality": "success",
        "drift": "success",
        "release_engine": "failed",
        "start_retraining": "success",
        "outcome": "failed",
    }


@pytest.mark.parametrize(
    ("dag_id", "told"), [("no_such_dag", "no_such_dag"), ("monitor_daily", "non-periodic")], ids=["unknown", "no clock"]
)
def test_a_backfill_that_airflow_refuses_says_why(
    airflow: LocalAirflow, dag_id: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--from-date", "2026-03-01", "--to-date", "2026-03-02"]

    code = main(["backfill", "--dag-id", dag_id, *days, "--home", str(airflow.home)])

    assert code == 1
    assert told in capsys.readouterr().err


def test_a_second_start_in_its_home_is_refused(airflow: LocalAirflow) -> None:
    with pytest.raises(AlreadyRunningError, match="runs already"):
        start(airflow.home, DAGS, 0, {})


def test_stopping_ends_the_running_job_too_and_can_be_repeated(airflow: LocalAirflow, jobs: Jobs) -> None:
    jobs.plan({"upkeep": {"sleep_s": 3600}})
    airflow.trigger("upkeep_daily", {})
    job = jobs.started("upkeep")
    members = family(airflow.home)
    assert job in [member.number for member in members]

    airflow.stop()
    airflow.stop()

    assert [member for member in members if member.alive()] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(airflow.url.rpartition(":")[2]))) != 0


def test_a_dag_that_does_not_parse_is_an_error_that_names_it(airflow: LocalAirflow, tmp_path: Path) -> None:
    airflow.stop()
    migrated = processes.log_file(airflow.home, "migrate").stat()
    (tmp_path / "broken_daily.py").write_text("from airflow.sdk import DAG\nraise ValueError('no such plant')\n")

    with pytest.raises(StartError, match=r"(?s)broken_daily.py.*no such plant"):
        start(airflow.home, tmp_path, 0, {})

    assert family(airflow.home) == []
    assert processes.log_file(airflow.home, "migrate").stat().st_mtime_ns == migrated.st_mtime_ns, "it was up to date"

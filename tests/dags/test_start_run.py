"""A run that a report asks for is started once, through Airflow's API, with the reason; a loopback server answers."""

import copy
import importlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("airflow")

from _start_run import StartRun
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

DUE = {"retrain": {"is_due": True, "reason": "drift until 2026-03-15 of heat, noise"}}
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


class Api(HTTPServer):
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, Any], str]] = []
        self.code = 200
        self.is_paused = False


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"is_paused": self.server.is_paused}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers["Authorization"]))
        self.send_response(self.server.code)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("ASSAY_AIRFLOW_TOKEN", "secret")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def started(report: dict[str, Any] | None) -> str | None:
    """What the task gives after a job with this report."""
    with DAG("monitor_daily", schedule=None):
        task = StartRun(task_id="start", dag_to_start="retrain_monthly", after="drift", asked="retrain")
    run = SimpleNamespace(logical_date=NOON, run_after=NOON, conf={})
    pulled = SimpleNamespace(xcom_pull=lambda task_ids: report if task_ids == "drift" else None)
    return task.execute({"ti": pulled, "run_id": "manual__1", "dag_run": run, "params": {}})


def test_a_run_that_is_due_is_started_with_its_reason_and_clock(api: Api) -> None:
    assert started(DUE) == "monitor_daily__manual__1"

    conf = {"reason": DUE["retrain"]["reason"], "as_of": "2026-03-16T12:00:00+00:00"}
    body = {"dag_run_id": "monitor_daily__manual__1", "logical_date": None, "conf": conf}
    assert api.asked == [("/api/v2/dags/retrain_monthly/dagRuns", body, "Bearer secret")]


@pytest.mark.parametrize(
    "report", [None, {}, {"retrain": None}, {"retrain": {"is_due": False, "reason": "nothing drifts"}}]
)
def test_without_an_answer_that_says_so_no_run_is_started(api: Api, report: dict[str, Any] | None) -> None:
    assert started(report) is None
    assert api.asked == []


WAITS = {"approval": {"is_due": True, "version": "v2", "reason": "gate: PASS"}}


def test_a_question_of_another_version_is_another_run_and_has_a_clock_of_its_own(api: Api) -> None:
    assert _asked(WAITS) == "retrain_monthly__manual__1__v2"

    ((path, body, _),) = api.asked
    assert (path, body["conf"]) == ("/api/v2/dags/approve_model/dagRuns", {"version": "v2", "reason": "gate: PASS"})


def test_a_question_of_a_paused_dag_fails_at_once_and_says_so(api: Api) -> None:
    api.is_paused = True

    with pytest.raises(AirflowFailException, match="approve_model is paused: unpause it, then clear this task"):
        _asked(WAITS)
    assert api.asked == []


def _asked(report: dict[str, Any]) -> str | None:
    """What the task of `retrain_monthly` gives after a promotion with this report."""
    with DAG("retrain_monthly", schedule=None):
        task = StartRun(
            task_id="start", dag_to_start="approve_model", after="promote", asked="approval",
            hands_on=("version", "reason"), hands_clock=False, named_by="version",
        )  # fmt: skip
    run = SimpleNamespace(logical_date=NOON, run_after=NOON, conf={})
    pulled = SimpleNamespace(xcom_pull=lambda task_ids: report if task_ids == "promote" else None)
    return task.execute({"ti": pulled, "run_id": "manual__1", "dag_run": run, "params": {}})


def test_a_run_that_was_started_before_is_not_started_again(api: Api) -> None:
    api.code = 409

    assert started(DUE) == "monitor_daily__manual__1"


@pytest.mark.parametrize("code", [401, 404, 500])
def test_a_refusal_fails_the_task_so_that_it_is_tried_again(api: Api, code: int) -> None:
    api.code = code

    with pytest.raises(AirflowException, match=f"retrain_monthly was not started: HTTP Error {code}"):
        started(DUE)


def test_an_api_that_is_not_there_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "")

    with pytest.raises(AirflowException, match="set it to the address of the API server"):
        started(DUE)


def test_what_is_sent_is_what_airflow_and_the_training_take(api: Api, dag_bag: Any) -> None:
    models = importlib.import_module("airflow.api_fastapi.core_api.datamodels.dag_run")

    started(DUE)

    ((_, body, _),) = api.asked
    accepted = models.TriggerDAGRunPostBody(**body)
    params = copy.deepcopy(dag_bag.dags["retrain_monthly"].params)  # resolving a value sets it
    assert set(accepted.conf) <= set(params)
    assert params.get_param("reason").resolve(accepted.conf["reason"]) == DUE["retrain"]["reason"]
    assert params.get_param("as_of").resolve(accepted.conf["as_of"]) == "2026-03-16T12:00:00+00:00"


def test_the_training_is_started_by_the_report_of_the_drift_task(dag_bag: Any) -> None:
    task = dag_bag.dags["monitor_daily"].get_task("start_retraining")

    assert (task.dag_to_start, task.after, task.asked) == ("retrain_monthly", "drift", "retrain")
    assert task.upstream_task_ids == {"drift"}

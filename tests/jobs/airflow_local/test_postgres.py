"""The local Airflow on PostgreSQL: started as a person does, a run, a backfill, and no password shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from jobs.airflow_local import LocalAirflow
from jobs.airflow_local.database import VARIABLE, database
from tests.support import postgres
from tests.support.airflow_home import DAGS
from tests.support.airflow_jobs import Jobs
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

FORMS = (postgres.PASSWORD, quote(postgres.PASSWORD, safe=""))


@dataclass(frozen=True)
class Served:
    """An Airflow that `serve` keeps running, its jobs, and the address of its database."""

    airflow: LocalAirflow
    jobs: Jobs
    address: str
    output: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Airflow's own command from another shell, on the same home and database."""
        told = {"AIRFLOW_HOME": str(self.airflow.home), **database(self.address).settings}
        return subprocess.run(
            [sys.executable, "-m", "airflow", *words], env=_without_airflow() | told,
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip


def _without_airflow() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    jobs = Jobs(tmp_path_factory.mktemp("jobs"))
    home, output = folder / "home", folder / "output"
    with postgres.server() as port:
        login = f"{postgres.USER}:{quote(postgres.PASSWORD, safe='')}"
        address = f"postgresql://{login}@127.0.0.1:{port}/{postgres.DATABASE}"
        own_port = postgres.free_port()
        told = {VARIABLE: address, "ASSAY_PYTHON": str(jobs.python)}
        words = ["serve", "--home", str(home), "--dags", str(DAGS), "--port", str(own_port)]
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "jobs.airflow_local", *words], env=_without_airflow() | told, stderr=out
            )
        try:
            airflow = LocalAirflow(home.resolve(), own_port)
            wait_for(lambda: _is_open(output, process), "Airflow", lambda: output.read_text(encoding="utf-8"))
            yield Served(airflow, jobs, address, output)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE_S)


def _is_open(output: Path, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, output.read_text(encoding="utf-8")
    return "Airflow is at" in output.read_text(encoding="utf-8")


def test_a_run_on_postgres_ends(served: Served) -> None:
    served.airflow.unpause("monitor_daily")

    ended = served.airflow.wait("monitor_daily", served.airflow.trigger("monitor_daily", {}), PATIENCE_S)

    assert ended.state == "success"
    assert served.jobs.commands() == ["lease", "quality", "drift", "release", "report-run"]
    assert not (served.airflow.home / "airflow.db").exists()


def test_a_backfill_on_postgres_runs_every_time_of_it(served: Served) -> None:
    served.airflow.unpause("ingest_hourly")
    served.jobs.plan({"silver": {"report": {"changed": False}}})
    words = ("--from-date", "2026-03-01T00:00", "--to-date", "2026-03-01T02:10", "--max-active-runs", "1")

    done = served.command("backfill", "create", "--dag-id", "ingest_hourly", *words)

    assert done.returncode == 0, done.stderr[-3000:]
    wait_for(lambda: len(_filled(served.jobs)) == 3, "three runs", served.jobs.reports)
    assert sorted(run[:29] for run in _filled(served.jobs)) == [
        f"backfill__2026-03-01T0{hour}:07:00" for hour in range(3)
    ]
    ingests = [call["argv"] for call in served.jobs.calls() if call["command"] == "ingest"]
    assert len(ingests) >= 3
    assert {tuple(argv) for argv in ingests} == {("ingest", "--json")}


def _filled(jobs: Jobs) -> list[str]:
    """The runs of a backfill that were reported as a success; the clock may start one of its own meanwhile."""
    return [
        report["run-id"]
        for report in jobs.reports()
        if report["run-id"].startswith("backfill__") and report["outcome"] == "success"
    ]


def test_the_password_is_shown_nowhere(served: Served) -> None:
    refused = served.command("dags", "list")
    texts = {path: path.read_bytes() for path in served.airflow.home.rglob("*") if path.is_file()}
    texts |= {served.output: served.output.read_bytes(), Path("a command"): (refused.stdout + refused.stderr).encode()}

    assert len(texts) > 10
    assert [str(path) for path, text in texts.items() for form in FORMS if form.encode() in text] == []


def test_a_database_that_refuses_is_an_error_without_the_password(served: Served, tmp_path: Path) -> None:
    wrong = served.address.replace(quote(postgres.PASSWORD, safe=""), "wr%24ng-s3cret")

    done = _serve(tmp_path, {VARIABLE: wrong})

    assert done.returncode == 1
    assert "database could not be made" in done.stderr
    assert "password authentication failed" in done.stderr
    for secret in ("wr%24ng-s3cret", "wr$ng-s3cret"):
        assert secret not in done.stderr


def test_an_address_that_cannot_be_read_is_an_error_of_one_line(tmp_path: Path) -> None:
    done = _serve(tmp_path, {VARIABLE: "mysql://ada:s3cret@host/db"})

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "postgresql://user:password@host:port/database" in done.stderr
    assert "s3cret" not in done.stderr


def _serve(folder: Path, told: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    words = ["serve", "--home", str(folder / "home"), "--dags", str(DAGS), "--port", str(postgres.free_port())]
    return subprocess.run(
        [sys.executable, "-m", "jobs.airflow_local", *words], env=_without_airflow() | dict(told),
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip

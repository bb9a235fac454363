"""Every command line of the units, run as it is written, with the environment and the folder that the unit gives."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.support.checkouts import copied, with_environment
from tests.support.service_manager import stopped
from tests.support.units import Unit, rendered
from tests.support.waiting import PATIENCE_S, output, wait_for

pytestmark = [pytest.mark.spark, pytest.mark.slow]
PLANT = ("--days", "12", "--machines", "3", "--step", "1")


class Server:
    """A machine with the units, its data folder, and what systemd would make for them."""

    def __init__(self, root: Path) -> None:
        self.checkout = with_environment(copied(root / "checkout"))
        self.data, self.out, self.run_folder = root / "data", root / "units", root / "run"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = ["--data", str(self.data), "--port", str(self.port), "--engine-memory", "1g"]
        self.units = rendered(self.checkout, self.out, *words)
        for folder in (self.data / "landing", self.run_folder):
            folder.mkdir(parents=True)
        (self.data / "assay.toml").write_text((self.out / "assay.toml").read_text())

    def environment(self, unit: Unit, **given: str) -> dict[str, str]:
        java = {name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ}
        # systemd makes /run/assay (RuntimeDirectory=); here another folder stands for it.
        return {**unit.environment, **java, "XDG_RUNTIME_DIR": str(self.run_folder), **given}

    def start(self, unit: Unit, words: list[str], **given: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words, cwd=unit.last("WorkingDirectory"), env=self.environment(unit, **given), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def end(self, unit: Unit, words: list[str], **given: str) -> tuple[int, str]:
        process = self.start(unit, words, **given)
        told = "\n".join(output(process))
        return process.returncode, told

    def assay(self, *words: str) -> str:
        unit = self.units["assay-quality.service"]
        code, told = self.end(unit, [str(self.checkout / ".venv/bin/assay"), *words])
        assert code == 0, told
        return told


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    made.assay("simulate", "--truth", str(made.run_folder / "truth"), *PLANT)
    made.assay("keys", "make")
    yield made
    made.assay("engine", "stop")


@pytest.fixture(scope="module")
def engine(server: Server) -> Iterator[subprocess.Popen[str]]:
    """The engine's unit, as long as the module's tests run."""
    unit = server.units["assay-engine.service"]
    (words,) = unit.commands("ExecStart")
    process = server.start(unit, words)
    wait_for(lambda: process.poll() is not None or "port" in server.assay("engine", "status"), "the engine")
    yield process
    process.terminate()
    process.communicate()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", ["refine", "quality", "upkeep", "train"])
def test_each_line_of_a_job_ends_well(server: Server, name: str) -> None:
    unit = server.units[f"assay-{name}.service"]
    fine = {0, *map(int, unit.all("SuccessExitStatus"))}
    if name == "quality":
        fine.add(3)  # it says that the simulated plant's data are of last spring

    for words in unit.commands("ExecStart"):
        code, told = server.end(unit, words)
        assert code in fine, (words, told)

    assert (server.data / "lake" / "bronze" / "readings").is_dir()
    assert (server.run_folder / "assay").is_dir()


def test_what_comes_after_a_run_reports_it(server: Server) -> None:
    unit = server.units["assay-upkeep.service"]
    (words,) = unit.commands("ExecStopPost")

    failed = server.end(
        unit, words, SERVICE_RESULT="exit-code", EXIT_CODE="exited", EXIT_STATUS="2", INVOCATION_ID="a1"
    )
    alerts = json.loads(server.assay("alerts", "list", "--json").strip().splitlines()[0])
    recovered = server.end(
        unit, words, SERVICE_RESULT="success", EXIT_CODE="exited", EXIT_STATUS="0", INVOCATION_ID="a2"
    )
    after = json.loads(server.assay("alerts", "list", "--json").strip().splitlines()[0])

    assert (failed[0], recovered[0]) == (0, 0), failed[1] + recovered[1]
    assert "assay-upkeep" in json.dumps(alerts)
    assert "journalctl -u assay-upkeep" in json.dumps(alerts)
    assert "assay-upkeep" not in json.dumps(after)


def test_alerts_are_sent_without_a_job_or_a_terminal(server: Server) -> None:
    unit = server.units["assay-alerts.service"]
    (words,) = unit.commands("ExecStart")

    code, told = server.end(unit, words)

    assert code == 0, told


def test_the_engine_ends_as_its_unit_says(server: Server, engine: subprocess.Popen[str]) -> None:
    unit = server.units["assay-engine.service"]

    engine.send_signal(getattr(signal, unit.last("KillSignal")))
    _, told = output(engine)

    assert str(engine.returncode) == unit.last("SuccessExitStatus"), told
    assert "none is running" in server.assay("engine", "status")


@pytest.mark.airflow
def test_airflows_processes_come_up_and_end_as_their_units_say(server: Server) -> None:
    setup = server.units["assay-airflow-setup.service"]
    (words,) = setup.commands("ExecStart")
    code, told = server.end(setup, words)
    assert code == 0, told

    services: dict[str, tuple[Unit, subprocess.Popen[str]]] = {}
    for name in ("scheduler", "dag-processor", "api-server"):
        unit = server.units[f"assay-airflow-{name}.service"]
        (words,) = unit.commands("ExecStart")
        services[name] = unit, server.start(unit, words)
    try:
        processes = [process for _, process in services.values()]
        wait_for(lambda: _is_healthy(server.port), "a healthy Airflow", lambda: [each.poll() for each in processes])
    finally:
        ended = stopped(services)

    tidy = server.units["assay-airflow-tidy.service"]
    (words,) = tidy.commands("ExecStart")
    code, told = server.end(tidy, words)

    # Airflow's DAG processor may lose a SIGTERM: its unit then kills it.
    fine = {"dag-processor": (0, 143, -15, -9)}
    assert [name for name, (_, code) in ended.items() if code not in fine.get(name, (0, 143, -15))] == [], ended
    assert code == 0, told
    assert "runs older than 180 days" in told


def _is_healthy(port: int) -> bool:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=PATIENCE_S) as answer:
            health = json.load(answer)
    except OSError:
        return False
    return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

"""`make demo`: a simulated plant through every package, by real Airflow, ending with a summary and a page.

Files land; DAGs make tables, a model and a signed bundle. Late, repeated and grown files land; a gateway takes the raw
files of one factory and scores them offline; its scores land beside them; the DAGs run again.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.airflow_local import AirflowLocalError, LocalAirflow, start
from jobs.airflow_local.states import RunState
from jobs.demo.check import faults

GATEWAY, REPLAYED = "bremen-edge-1", ("readings/bremen-1", "errors", "failures", "maintenance")
# Files come once a day, in some of them the day's readings in disorder; each time is scored when its day is there.
GRACE_S = 86_400
FIRST_CLOCK, SECOND_CLOCK = "2026-03-30T00:10:00+00:00", "2026-03-31T00:10:00+00:00"
RUN_TIMEOUT_S, ASSET_TIMEOUT_S = 7200.0, 900.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of the demo, made again by each run."""

    folder: Path
    days: int
    rounds: int | None

    @property
    def environment(self) -> dict[str, str]:
        """Settings of every process of the demo."""
        names = ("lake", "landing", "keys", "state")
        return {f"ASSAY_{name.upper()}": str(self.folder / name) for name in names} | {"ASSAY_PLANT": "simulated"}


class DemoError(Exception):
    """A step of the demo did not end well."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m jobs.demo", description=__doc__)
    root.add_argument("--folder", type=Path, default=Path("demo"), help="where it plays; its content is replaced")
    root.add_argument("--days", type=int, default=120, help="length of the simulated records; default 120")
    root.add_argument("--rounds", type=int, help="trees of the failure model; default: the policy's booster_rounds")
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Play the demo: 0 where every step ended well, 1 where one did not."""
    args = parser().parse_args(argv)
    stage = Stage(args.folder.resolve(), args.days, args.rounds)
    began = time.monotonic()
    try:
        play(stage, _say)
    except (DemoError, AirflowLocalError) as exc:
        _say(f"demo: {exc}")
        return 1
    except KeyboardInterrupt:
        _say("demo: interrupted; `make demo` starts over")
        return 130
    _say(f"demo: done in {time.monotonic() - began:.0f} s; open {stage.folder / 'report.html'}")
    return 0


def play(stage: Stage, say: Callable[[str], None]) -> None:
    """Every step in order.

    Raises:
        DemoError: A step failed; its output was shown.
        AirflowLocalError: Airflow did not start or answer.
    """
    _clear(stage.folder)
    say("demo: starting Airflow on loopback, and beside it the engine and the plant")
    settings = {**stage.environment, "ASSAY_PYTHON": sys.executable, "ASSAY_DAG_CLOCK": "off"}
    with _engine(stage) as starting, _beside(lambda: _land_first(stage)) as landing:
        airflow = start(stage.folder / "airflow", Path(__file__).resolve().parents[2] / "dags", 0, settings)
        try:
            landing.result()
            starting.result()
            _runs(stage, airflow, say)
            with _beside(airflow.stop):
                page, summary = (str(stage.folder / name) for name in ("report.html", "summary.json"))
                _assay(stage, "report", "--out", page, "--summary", summary)
        finally:
            airflow.stop()
    _check(stage, say)


def _land_first(stage: Stage) -> None:
    _deliver(stage, "1")
    _assay(stage, "keys", "make")


def _deliver(stage: Stage, step: str) -> None:
    """One of the two deliveries of the plant's files."""
    _assay(
        stage,
        "simulate",
        "--truth",
        str(stage.folder / "truth"),
        "--days",
        str(stage.days),
        "--step",
        step,
        "--wear",
        "fast",
    )


@contextmanager
def _beside(work: Callable[[], object]) -> "Iterator[Future[object]]":
    """What is done beside the block; it has ended when the context has. An error comes with its result."""
    with ThreadPoolExecutor(1) as other:
        yield other.submit(work)


@contextmanager
def _engine(stage: Stage) -> "Iterator[Future[object]]":
    """An engine that starts beside what else is to start, and ends with the context."""
    with _beside(lambda: _assay(stage, "engine", "start")) as starting:
        try:
            yield starting
        finally:
            wait([starting])
            _assay(stage, "engine", "stop")


def _check(stage: Stage, say: Callable[[str], None]) -> None:
    truth, summary = (
        json.loads((stage.folder / name).read_text(encoding="utf-8")) for name in ("truth/truth.json", "summary.json")
    )
    if wrong := faults(truth, summary):
        raise DemoError("the lake does not hold what was simulated: " + "; ".join(wrong))
    say(f"demo: every count of {len(truth['feeds'])} feeds, and of every reason, is what was injected")
    alike, pairs = summary["scores"]["equal_digests"], summary["scores"]["pairs"]
    say(f"demo: {alike:,} of {pairs:,} rows had the same features at the edge, and all of these the same scores")


def _runs(stage: Stage, airflow: LocalAirflow, say: Callable[[str], None]) -> None:
    """Every DAG. The second delivery lands beside the training, and tables are compacted while the gateway scores."""
    for dag_id in airflow.dag_ids():
        airflow.unpause(dag_id)
    _ingest(airflow, FIRST_CLOCK, say)
    with _beside(lambda: _deliver(stage, "2")) as landing:
        training = _run(airflow, "retrain_monthly", {"as_of": FIRST_CLOCK, "rounds": stage.rounds}, say)
        _check_bundled(training)
        landing.result()
    with _beside(lambda: _replay(stage)) as scoring:
        _run(airflow, "upkeep_daily", {"as_of": FIRST_CLOCK}, say)
        scoring.result()
    _ingest(airflow, SECOND_CLOCK, say)
    _run(airflow, "monitor_daily", {"as_of": SECOND_CLOCK}, say)


def _replay(stage: Stage) -> None:
    """A gateway takes what its factory's sensors and offices sent, as it landed, and scores it."""
    places = [str(stage.folder / "landing" / name) for name in REPLAYED]
    _assay(stage, "gateway", "replay", *places, "--gateway-id", GATEWAY, "--grace", str(GRACE_S))


def _ingest(airflow: LocalAirflow, as_of: str, say: Callable[[str], None]) -> None:
    """The ingest DAG, and the gold DAG that its asset starts."""
    known = set(airflow.run_ids("gold_on_silver"))
    _run(airflow, "ingest_hourly", {"as_of": as_of}, say)
    run_id = airflow.wait_for_new_run("gold_on_silver", known, ASSET_TIMEOUT_S)
    _tell(airflow.wait("gold_on_silver", run_id, RUN_TIMEOUT_S), airflow, say)


def _run(airflow: LocalAirflow, dag_id: str, conf: dict[str, object], say: Callable[[str], None]) -> RunState:
    run = airflow.wait(dag_id, airflow.trigger(dag_id, conf), RUN_TIMEOUT_S)
    _tell(run, airflow, say)
    return run


def _check_bundled(training: RunState) -> None:
    """A refused model is a green run without a bundle; the demo has nothing to show then.

    Raises:
        DemoError: The gate refused the model.
    """
    if training.task("bundle").state == "skipped":
        raise DemoError(
            f"the gate let no model through: {training.note or 'its reasons are in gold.gate_decisions'}; "
            "with more --days or --rounds there is more to learn from"
        )


def _tell(run: RunState, airflow: LocalAirflow, say: Callable[[str], None]) -> None:
    for task in run.tasks:
        say(f"  {run.dag_id:<16} {task.task_id:<16} {task.state:<10} {task.duration_s:6.1f} s")
    if run.state == "success":
        return
    for task in run.tasks:
        if task.state == "failed":
            for line in airflow.task_log(run.dag_id, run.run_id, task.task_id, task.try_number)[-25:]:
                say(f"    {line}")
    raise DemoError(f"the run of {run.dag_id} ended {run.state}")


def _assay(stage: Stage, *words: str) -> str:
    """One command in a process of its own; its lines are shown."""
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *words], cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, **stage.environment}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.stdout:
        _say(done.stdout.rstrip())
    if done.returncode != 0:
        raise DemoError(f"`assay {' '.join(words)}` ended with code {done.returncode}")
    return done.stdout


def _clear(folder: Path) -> None:
    """An empty folder. What a demo made is replaced; a folder that holds anything else is not touched.

    Raises:
        DemoError: The folder is not ours.
    """
    mark = folder / ".assay-demo"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise DemoError(f"{folder} is not a demo's folder; name an empty one with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

"""`make demo`: a simulated plant through every package, by real Airflow, ending with a summary and a page.

Files land; DAGs make tables, a model and a signed bundle. Late, repeated and grown files land; a gateway takes the raw
files of one factory and scores them offline; its scores land beside them; the DAGs run again. Over three months the
plant's sensors change: see `jobs.demo.months`.
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
from typing import Any

from jobs.airflow_local import AirflowLocalError, LocalAirflow, start
from jobs.demo.check import faults
from jobs.demo.dag_runs import DemoError, Say, check_bundled, ingest, run_dag
from jobs.demo.months import CLOCKS, MACHINES, SEED, check_story, second_month, third_month

GATEWAY, REPLAYED = "bremen-edge-1", ("readings/bremen-1", "errors", "failures", "maintenance")
# Files come once a day, in some of them the day's readings in disorder; each time is scored when its day is there.
GRACE_S = 86_400
FIRST_CLOCK, SECOND_CLOCK = "2026-03-30T00:10:00+00:00", "2026-03-31T00:10:00+00:00"
MONTHS = (1, 3)


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of the demo, made again by each run."""

    folder: Path
    days: int
    rounds: int | None
    months: int = 1

    @property
    def environment(self) -> dict[str, str]:
        """Settings of every process of the demo."""
        names = ("lake", "landing", "keys", "state")
        return {f"ASSAY_{name.upper()}": str(self.folder / name) for name in names} | {"ASSAY_PLANT": "simulated"}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m jobs.demo", description=__doc__)
    root.add_argument("--folder", type=Path, default=Path("demo"), help="where it plays; its content is replaced")
    root.add_argument("--days", type=int, default=120, help="length of the simulated records; default 120")
    root.add_argument("--rounds", type=int, help="trees of the failure model; default: the policy's booster_rounds")
    root.add_argument(
        "--months", type=int, choices=MONTHS, default=1,
        help="3: sensors change in the second month, and a better model follows in the third; default 1",
    )  # fmt: skip
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Play the demo: 0 where every step ended well, 1 where one did not."""
    args = parser().parse_args(argv)
    stage = Stage(args.folder.resolve(), args.days, args.rounds, args.months)
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


def play(stage: Stage, say: Say) -> None:
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
            played = _months if stage.months > 1 else _runs
            played(stage, airflow, say)
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
    """One of the deliveries of the plant's files."""
    plant = ["--days", str(stage.days), "--step", step, "--wear", "fast"]
    if stage.months > 1:
        plant += ["--months", str(stage.months), "--machines", str(MACHINES), "--seed", str(SEED)]
    _assay(stage, "simulate", "--truth", str(stage.folder / "truth"), *plant)


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


def _check(stage: Stage, say: Say) -> None:
    truth, summary = (
        json.loads((stage.folder / name).read_text(encoding="utf-8")) for name in ("truth/truth.json", "summary.json")
    )
    if wrong := faults(truth, summary):
        raise DemoError("the lake does not hold what was simulated: " + "; ".join(wrong))
    say(f"demo: every count of {len(truth['feeds'])} feeds, and of every reason, is what was injected")
    alike, pairs = summary["scores"]["equal_digests"], summary["scores"]["pairs"]
    say(f"demo: {alike:,} of {pairs:,} rows had the same features at the edge, and all of these the same scores")
    if stage.months > 1:
        check_story(lambda query: _rows(stage, query), say)


def _rows(stage: Stage, query: str) -> list[dict[str, Any]]:
    """What `assay sql` answers, by the names of its columns."""
    found = json.loads(_asked(stage, "sql", query, "--json"))
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def _runs(stage: Stage, airflow: LocalAirflow, say: Say) -> None:
    """Every DAG. The second delivery lands beside the training, and tables are compacted while the gateway scores."""
    _first_model(stage, airflow, FIRST_CLOCK, say)
    ingest(airflow, SECOND_CLOCK, say)
    run_dag(airflow, "monitor_daily", {"as_of": SECOND_CLOCK}, say)


def _months(stage: Stage, airflow: LocalAirflow, say: Say) -> None:
    """The same for the first month, and two more.

    Each delivery lands when the one before is in the lake, beside the training: an ingest takes all that lies there.
    """
    say("demo: month 1: the first champion")
    _first_model(stage, airflow, CLOCKS[0], say)
    say("demo: month 2: a week before its end sensors are exchanged, and no record says so")
    ingest(airflow, CLOCKS[1], say)
    with _beside(lambda: _deliver(stage, "3")) as landing:
        second_month(airflow, say)
        landing.result()
    say("demo: month 3: there are failures that the new sensors saw, to learn from and to compare by")
    third_month(airflow, stage.rounds, say)


def _first_model(stage: Stage, airflow: LocalAirflow, clock: str, say: Say) -> None:
    for dag_id in airflow.dag_ids():
        airflow.unpause(dag_id)
    ingest(airflow, clock, say)
    with _beside(lambda: _deliver(stage, "2")) as landing:
        check_bundled(run_dag(airflow, "retrain_monthly", {"as_of": clock, "rounds": stage.rounds}, say))
        landing.result()
    with _beside(lambda: _replay(stage)) as scoring:
        run_dag(airflow, "upkeep_daily", {"as_of": clock}, say)
        scoring.result()


def _replay(stage: Stage) -> None:
    """A gateway takes what its factory's sensors and offices sent, as it landed, and scores it."""
    places = [str(stage.folder / "landing" / name) for name in REPLAYED]
    _assay(stage, "gateway", "replay", *places, "--gateway-id", GATEWAY, "--grace", str(GRACE_S))


def _assay(stage: Stage, *words: str) -> str:
    """One command in a process of its own; its lines are shown."""
    done = _asked(stage, *words)
    _show(done)
    return done


def _show(written: str) -> None:
    if written:
        _say(written.rstrip())


def _asked(stage: Stage, *words: str) -> str:
    """The same, unseen.

    Raises:
        DemoError: It failed; what it wrote was shown.
    """
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", *words], cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, **stage.environment}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        _show(done.stdout)
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

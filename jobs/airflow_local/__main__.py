"""`python -m jobs.airflow_local serve | demo | backfill | stop`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from jobs.airflow_local import AirflowLocalError, LocalAirflow, start, stop
from jobs.airflow_local.backfill import backfill
from jobs.airflow_local.daily import tidy_when_due
from jobs.airflow_local.database import LEGAL, VARIABLE, Database, database
from jobs.airflow_local.demo import run_all

EXIT_DONE, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
LOOK_S = 2.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m jobs.airflow_local", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="open Airflow for a person, until Ctrl-C",
        epilog=f"The variable {VARIABLE} names a PostgreSQL database ({LEGAL}); without it Airflow's is SQLite.",
    )
    demo = commands.add_parser("demo", help="run every DAG once, then stop")
    ended = commands.add_parser("stop", help="end what a serve or demo of this home left behind")
    past = commands.add_parser("backfill", help="on an Airflow that runs: a run for each past time of a DAG, in order")
    past.add_argument("--dag-id", required=True, help="an unpaused DAG that a clock starts")
    past.add_argument("--from-date", required=True, help="the first time, ISO 8601; without a zone UTC")
    past.add_argument("--to-date", required=True, help="the last time, the same")
    past.add_argument("--port", type=int, help="port of that Airflow (default: what `make airflow` noted in its home)")
    for command in (serve, demo, past, ended):
        command.add_argument("--home", type=Path, default=Path(".airflow"), help="AIRFLOW_HOME (default: %(default)s)")
    for command in (serve, demo):
        command.add_argument("--dags", type=Path, default=Path("dags"), help="folder of DAGs (default: %(default)s)")
        command.add_argument("--lake", type=Path, help="the lake's folder (default: the settings')")
    serve.add_argument(
        "--port", type=int, default=8080, help="port on loopback (default: %(default)s; 0: any free one)"
    )
    demo.add_argument("--port", type=int, default=0, help="port on loopback (default: any free one)")
    demo.add_argument("--as-of", help="the time that the jobs take for now, ISO 8601 (default: now)")
    demo.add_argument("--param", action="append", default=[], metavar="DAG.NAME=JSON", help="a parameter of one DAG")
    demo.add_argument("--json", action="store_true", help="runs and tasks as one JSON line on stdout")
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; 0 done, 1 a run or the start failed, 2 usage."""
    arguments = parser().parse_args(argv)
    for number in ENDING_SIGNALS:
        # A closed terminal or a service manager ends us as Ctrl-C does, with the three processes.
        signal.signal(number, _interrupt)
    try:
        match arguments.command:
            case "serve":
                return _serve(arguments)
            case "demo":
                return _demo(arguments)
            case "backfill":
                home, port = arguments.home.resolve(), arguments.port
                airflow = LocalAirflow(home, port) if port else LocalAirflow.running_in(home)
                filled = backfill(airflow, arguments.dag_id, arguments.from_date, arguments.to_date, _say)
                return EXIT_DONE if filled else EXIT_FAILED
            case _:
                stop(arguments.home.resolve())
                return EXIT_DONE
    except AirflowLocalError as error:
        _say(f"error: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        _say("stopped")
        return 128 + signal.SIGINT


def _serve(arguments: argparse.Namespace) -> int:
    chosen = database(os.environ.get(VARIABLE, ""))
    _say(f"starting Airflow (about 20 s) on {chosen.shown}")
    airflow = _started(arguments, chosen)
    try:
        _say(f"Airflow is at {airflow.url} (this machine only, no login). DAGs start paused. Ctrl-C ends it.")
        while not airflow.lost():
            tidy_when_due(airflow.home, time.time())
            threading.Event().wait(LOOK_S)
    except KeyboardInterrupt:
        _say("stopping")
        return EXIT_DONE
    else:
        _say(f"error: Airflow's {', '.join(airflow.lost())} ended; its log is in {arguments.home / 'logs'}")
        return EXIT_FAILED
    finally:
        airflow.stop()


def _started(arguments: argparse.Namespace, chosen: Database) -> LocalAirflow:
    try:
        return start(arguments.home, arguments.dags, arguments.port, {**_settings(arguments), **chosen.settings})
    except AirflowLocalError as error:
        # The end of a log of Airflow's may repeat the address.
        raise type(error)(chosen.redacted(str(error))) from None


def _demo(arguments: argparse.Namespace) -> int:
    try:
        own = _own_parameters(arguments.param)
    except ValueError as error:
        _say(f"error: {error}")
        return EXIT_USAGE
    conf = {"as_of": arguments.as_of} if arguments.as_of else {}
    airflow = start(arguments.home, arguments.dags, arguments.port, _settings(arguments) | {"ASSAY_DAG_CLOCK": "off"})
    try:
        runs = run_all(airflow, conf, own, _say)
        # Who opens this home later is not surprised by runs that the clock starts.
        for dag_id in airflow.dag_ids():
            airflow.pause(dag_id)
    finally:
        airflow.stop()
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(run) for run in runs]) + "\n")
    return EXIT_DONE if all(run.state == "success" for run in runs) else EXIT_FAILED


def _own_parameters(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    own: dict[str, dict[str, Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        dag_id, dot, parameter = name.partition(".")
        if not (equals and dot):
            raise ValueError(f"--param {text!r}; legal is DAG.NAME=JSON, say retrain_monthly.rounds=100")
        try:
            own.setdefault(dag_id, {})[parameter] = json.loads(value)
        except ValueError as error:
            raise ValueError(
                f"--param {text!r}: {value!r} is not JSON ({error}); put texts in double quotes"
            ) from error
    return own


def _settings(arguments: argparse.Namespace) -> dict[str, str]:
    python = os.environ.get("ASSAY_PYTHON") or sys.executable
    return {"ASSAY_PYTHON": python} | ({"ASSAY_LAKE": str(arguments.lake.resolve())} if arguments.lake else {})


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

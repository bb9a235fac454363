"""`assay pipeline`: the whole road in one process on one engine, without Airflow."""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.commands import bundle
from jobs.commands import gold as build_gold
from jobs.commands import ingest as ingest_bronze
from jobs.commands import promote as promote_model
from jobs.commands import quality as monitor_quality
from jobs.commands import score as score_machines
from jobs.commands import silver as build_silver
from jobs.commands import train as train_model
from jobs.models import registry
from jobs.models.training import Wish
from jobs.runtime.clock import wall_clock
from jobs.runtime.exits import ExitCode
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each, progress
from jobs.runtime.report import RunReport
from jobs.runtime.session import open_session
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused
from lakehouse.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Step = Callable[[], RunReport]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to train, and where to stop."""
    parser.add_argument("--horizon", default="24h", help="how far ahead the failure model predicts; default 24h")
    parser.add_argument("--rounds", type=int, help="trees of the failure model; default 500")
    parser.add_argument("--until", choices=["silver", "gold", "bundle"], default="bundle", help="where to stop")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Every job in the order of the road. A refused model gate is an answer: the champion stays, the road goes on.

    So it does where a mapping is refused, with what was read; the exit code is 2 then.

    Raises:
        GateRefused: A table's gate refused; what was published before stands.
    """
    plant = open_plant(settings)
    as_of = args.as_of or wall_clock()
    with open_session(settings) as spark:
        reports = []
        steps = _steps(spark, plant, settings, args, as_of)
        for name in each(tuple(steps)):
            started = time.monotonic()
            with progress(name):
                report = _answered(steps[name])
            reports.append((name, report, time.monotonic() - started))
    return _report(reports, as_of)


def _report(reports: Sequence[tuple[str, RunReport, float]], as_of: datetime) -> RunReport:
    """All steps' lines and figures; the exit code is 2 where that of a step is."""
    lines = [line for _, report, _ in reports for line in report.lines]
    lines += [f"pipeline: {name} {seconds:.1f} s" for name, _, seconds in reports]
    data = {name: {"changed": report.changed, "seconds": round(s, 2), **report.data} for name, report, s in reports}
    is_changed = any(report.changed for _, report, _ in reports)
    wrong = [report for _, report, _ in reports if report.exit_code is ExitCode.USAGE]
    reasons = {"reasons": [reason for report in wrong for reason in report.data["reasons"]]} if wrong else {}
    code = ExitCode.USAGE if wrong else ExitCode.DONE
    return RunReport("pipeline", is_changed, tuple(lines), {"as_of": as_of, "steps": data, **reasons}, code)


def _steps(
    spark: "SparkSession", plant: Plant, settings: Settings, args: argparse.Namespace, as_of: datetime
) -> dict[str, Step]:
    wish = Wish(args.horizon, args.rounds)
    steps: dict[str, Step] = {
        "ingest": lambda: ingest_bronze.ingest(spark, plant, settings, args.as_of),
        "silver": lambda: build_silver.build(spark, plant),
        "gold": lambda: build_gold.build(spark, plant, as_of),
        "train": lambda: _train(plant, settings, as_of, wish),
        "promote": lambda: promote_model.promote(plant, as_of),
        "bundle": lambda: seal(plant, settings),
        "score": lambda: score_machines.score(plant, settings),
    }
    kept = {"silver": 2, "gold": 3, "bundle": len(steps)}[args.until]
    chosen = dict(list(steps.items())[:kept])
    return {**chosen, "quality": lambda: monitor_quality.monitor(plant, as_of)}


def _train(plant: Plant, settings: Settings, as_of: datetime, wish: Wish) -> RunReport:
    train_model.check_rows(plant, settings)
    return train_model.train(plant, as_of, wish)


def seal(plant: Plant, settings: Settings) -> RunReport:
    """The champion's bundle; none where there is no champion, or it would lack the source of a refused mapping."""
    if registry.champion(plant) is None:
        return RunReport("bundle", changed=False, lines=("bundle: no champion, nothing to seal",))
    if plant.sources.refused:
        line = "bundle: not sealed, as a mapping is refused: a gateway would not read its files; fix it first"
        return RunReport("bundle", changed=False, lines=(line,))
    return bundle.build(plant, settings)


def _answered(step: Step) -> RunReport:
    """The report of a step; a refused model gate becomes one too."""
    try:
        return step()
    except GateRefused as exc:
        if "verdict" not in exc.data:
            raise
        return RunReport("promote", changed=False, lines=(f"promote: {exc}",), data=exc.data)

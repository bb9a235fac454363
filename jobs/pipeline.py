"""`assay pipeline`: the whole road in one process on one engine, without Airflow."""

import argparse
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from jobs import (
    build_gold,
    build_silver,
    bundle,
    ingest_bronze,
    monitor_quality,
    promote_model,
    score_machines,
    train_model,
)
from jobs.models import registry
from jobs.models.training import Wish
from jobs.runtime.engine.session import open_session
from jobs.runtime.errors import GateRefused
from jobs.runtime.plant import Plant
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each, progress
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Step = Callable[[], RunReport]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to train, and where to stop."""
    parser.add_argument("--horizon", default="24h", help="what the failure model foresees; default 24h")
    parser.add_argument("--rounds", type=int, help="trees of the failure model; default 500")
    parser.add_argument("--until", choices=["silver", "gold", "bundle"], default="bundle", help="where to stop")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Every job in the order of the road. A refused model gate is an answer: the champion stays, the road goes on.

    Raises:
        GateRefused: A table's gate refused; what was published before stands.
    """
    plant = open_plant(settings)
    with open_session(settings) as spark:
        reports = []
        steps = _steps(spark, plant, settings, args)
        for name in each(tuple(steps)):
            started = time.monotonic()
            with progress(name):
                report = _answered(steps[name])
            reports.append((name, report, time.monotonic() - started))
    lines = [line for _, report, _ in reports for line in report.lines]
    lines += [f"pipeline: {name} {seconds:.1f} s" for name, _, seconds in reports]
    data = {name: {"changed": report.changed, "seconds": round(s, 2), **report.data} for name, report, s in reports}
    is_changed = any(report.changed for _, report, _ in reports)
    return RunReport("pipeline", changed=is_changed, lines=tuple(lines), data={"steps": data})


def _steps(spark: "SparkSession", plant: Plant, settings: Settings, args: argparse.Namespace) -> dict[str, Step]:
    as_of: datetime = args.as_of
    wish = Wish(args.horizon, args.rounds)
    steps: dict[str, Step] = {
        "ingest": lambda: ingest_bronze.ingest(spark, plant, settings, as_of),
        "silver": lambda: build_silver.build(spark, plant),
        "gold": lambda: build_gold.build(spark, plant, as_of),
        "train": lambda: _train(plant, settings, as_of, wish),
        "promote": lambda: promote_model.promote(plant, as_of),
        "bundle": lambda: _bundle(plant, settings),
        "score": lambda: score_machines.score(plant, settings),
    }
    kept = {"silver": 2, "gold": 3, "bundle": len(steps)}[args.until]
    chosen = dict(list(steps.items())[:kept])
    return {**chosen, "quality": lambda: monitor_quality.monitor(plant, as_of)}


def _train(plant: Plant, settings: Settings, as_of: datetime, wish: Wish) -> RunReport:
    train_model.check_rows(plant, settings)
    return train_model.train(plant, as_of, wish)


def _bundle(plant: Plant, settings: Settings) -> RunReport:
    if registry.champion(plant) is None:
        return RunReport("bundle", changed=False, lines=("bundle: no champion, nothing to seal",))
    return bundle.build(plant, settings)


def _answered(step: Step) -> RunReport:
    """The report of a step; a refused model gate becomes one too."""
    try:
        return step()
    except GateRefused as exc:
        if "verdict" not in exc.data:
            raise
        return RunReport("promote", changed=False, lines=(f"promote: {exc}",), data=exc.data)

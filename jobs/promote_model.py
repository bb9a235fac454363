"""`assay promote`: the newest version becomes champion, if its gate said so."""

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.models import registry
from jobs.runtime.engine.session import open_session
from jobs.runtime.errors import GateRefused, UsageError
from jobs.runtime.plant import Plant, load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from ml.registry import ModelAlias


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Promote the challenger.

    Raises:
        GateRefused: Its gate did not pass; the champion stays. The reasons are in the message and in `data`.
        UsageError: Nothing was trained, or the champion changed since the version was judged.
    """
    plant = load_plant(settings)
    rows = _rows(plant, args.as_of)
    if not rows:
        return RunReport("promote", changed=False, lines=("promote: the newest version is champion already",))
    with open_session(settings) as spark:
        return _append(spark, plant, rows)


def promote(spark: "SparkSession", plant: Plant, as_of: datetime) -> RunReport:
    """The same on an open session."""
    return _append(spark, plant, _rows(plant, as_of))


def _rows(plant: Plant, as_of: datetime) -> "Sequence[ModelAlias]":
    """The alias rows to append; none where the challenger is champion already."""
    from ml.registry import CHALLENGER, CHAMPION, holder, promotion

    history = registry.aliases(plant)
    version, champion = holder(history, CHALLENGER), holder(history, CHAMPION)
    if version is None:
        raise UsageError("there is no trained version; run `assay train` first")
    if version == champion:
        return ()
    decided = registry.decision(plant, version)
    if decided is None:
        raise GateRefused(f"version {version} was never judged: nothing could be trained", {"reasons": ["no model"]})
    if decided.champion != champion:
        raise UsageError(
            f"version {version} was judged against {decided.champion}, the champion is {champion} now; "
            "run `assay train` again"
        )
    if not decided.is_promoted:
        reasons = _reasons(decided.report)
        data = {"version": version, "verdict": decided.verdict, "reasons": reasons}
        raise GateRefused(f"version {version} is not promoted: {'; '.join(reasons)}", data)
    return promotion(history, version, as_of, "assay promote", f"gate: {decided.verdict}")


def _reasons(report: str) -> list[str]:
    checks = json.loads(report)["checks"]
    return [check["text"] for check in checks if check["verdict"] != "PASS"]


def _append(spark: "SparkSession", plant: Plant, rows: "Sequence[ModelAlias]") -> RunReport:
    registry.append_aliases(spark, plant, rows)
    if not rows:
        return RunReport("promote", changed=False, lines=("promote: the newest version is champion already",))
    version = rows[0].version
    line = f"promote: version {version} is champion"
    return RunReport("promote", changed=True, lines=(line,), data={"version": version})

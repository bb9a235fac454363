"""The tables of drift brought up to gold, and what the newest windows say."""

from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.gold import MODEL_VERSIONS
from expectations.tables.gold_drift import DRIFT, DRIFT_VERDICTS
from jobs.diagnosis.emptiness import why_empty
from jobs.drift.champion_weeks import got_worse, newest_day
from jobs.drift.policy import policy_of
from jobs.drift.recipes import recipes
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver.key_form import check_key_form
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild
from ml.drift.retrain import RetrainAnswer, RetrainRule, retrain_answer
from ml.drift.scopes import FLEET
from ml.drift.verdict import Verdict

Rows = list[dict[str, Any]]


def measure_new(settings: Settings) -> RunReport:
    """Compare the windows that new rows of gold reach. Nothing new opens no engine.

    Raises:
        GateRefused: A table's new content breaks its contract; that table stays at the version it had.
    """
    plant = open_plant(settings)
    with session_when_needed(settings) as engine:
        report = measure(engine, plant)
    if plant.lake.row_count(DRIFT):
        return report
    why = why_empty(settings, plant, DRIFT.name)
    return RunReport("drift", report.changed, (f"drift: nothing to compare: {why}",), report.data)


def measure(engine: Engine, plant: Plant) -> RunReport:
    """Both tables of a plant that is loaded. Raises: as `measure_new`."""
    check_key_form(plant)
    is_changed = False
    for recipe in recipes(plant):
        replaced = rebuild(engine, plant.lake, recipe, partial(show, recipe.target.name))
        is_changed |= replaced is not None and replaced.changed
    newest = newest_rows(plant)
    answer = answer_of(plant, newest)
    lines = (*_lines(newest), f"drift: {'train again' if answer.is_due else 'no training'}: {answer.reason}")
    return RunReport("drift", is_changed, lines, {"verdicts": _counts(newest), "retrain": asdict(answer)})


def answer_of(plant: Plant, newest: Rows) -> RetrainAnswer:
    """Whether what the newest date says of the fleet, or the champion's newest week, starts a training."""
    policy = policy_of(plant.policy)
    rule = RetrainRule(policy.drift_retrain_features, timedelta(days=policy.drift_cooldown_days))
    drifting = [row["feature"] for row in newest if row["scope"] == FLEET and row["verdict"] == Verdict.DRIFT]
    until = newest[0]["until_date"] if newest else newest_day(plant)
    trained_at = pc.max(plant.lake.arrow(MODEL_VERSIONS, ["trained_at"]).column(0)).as_py()
    return retrain_answer(drifting, until, trained_at, rule, got_worse(plant, policy))


def newest_rows(plant: Plant) -> Rows:
    """What the newest date says of the fleet and the gateways."""
    days = plant.lake.dates(DRIFT)
    if not days:
        return []
    newest = plant.lake.arrow(DRIFT, None, ds.field("until_date") == date.fromisoformat(max(days)))
    rows: Rows = newest.filter(pc.not_equal(newest.column("scope"), "machine")).to_pylist()
    return rows


def _counts(rows: Rows) -> dict[str, dict[str, int]]:
    """Scope -> verdict -> comparisons."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        of_scope = found.setdefault(row["scope"], dict.fromkeys(DRIFT_VERDICTS, 0))
        of_scope[row["verdict"]] += 1
    return found


def _lines(rows: Rows) -> tuple[str, ...]:
    if not rows:
        return ("drift: no window to compare",)
    until = rows[0]["until_date"]
    counted = [
        f"drift: {scope} until {until}: " + ", ".join(f"{number:,} {verdict}" for verdict, number in of_scope.items())
        for scope, of_scope in _counts(rows).items()
    ]
    return (*counted, *(_sentence(row) for row in rows if row["verdict"] == "DRIFT"))


def _sentence(row: dict[str, Any]) -> str:
    """One drift: what, how far, beyond which limit."""
    beyond = ", ".join(f"{name} {row[name]:.2f} > {row[f'{name}_limit']:.2f}" for name in row["reasons"])
    of = row["name"] if row["scope"] == "fleet" else f"{row['scope']} {row['name']}"
    what = row["feature"] if row["bundle"] is None else f"{row['feature']} of {row['bundle']}"
    return f"drift: DRIFT {of}: {what}: {beyond}"

"""The demo's two further months: a drift that starts a training which is refused, then a challenger that wins.

Nothing here trains, compares or promotes: `monitor_daily` and `retrain_monthly` do, as they do every month.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobs.airflow_local import LocalAirflow
from jobs.demo.dag_runs import DemoError, Say, check_bundled, ingest, run_dag, started_by

CLOCKS = ("2026-03-01T00:10:00+00:00", "2026-03-24T00:10:00+00:00", "2026-05-01T00:10:00+00:00")
"""Minutes after the last file of each delivery, see `simulator.months`."""
MACHINES, SEED = 36, 7
"""Machines enough for over 10,000 healthy rows that test a forest: docs/decisions/0282-a-new-way-to-fail.md."""
DECISIONS = (
    "SELECT d.version, d.champion, d.verdict, d.is_promoted, d.reason, d.report, "
    "(SELECT arg_max(a.version, a.sequence) FROM gold.model_aliases a WHERE a.alias = 'champion') AS in_force "
    "FROM gold.gate_decisions d ORDER BY d.decided_at"
)
"""Every answer of a gate, the oldest first, each beside the champion in force."""
GAINS, REFUSES = ("recall_difference", "saving", "false_alarms_per_machine_year"), ("FAIL", "INSUFFICIENT_DATA")
"""Checks of a gate that say how much better a version is, and the verdicts that refuse one."""
DRIFT = "drift until "
"""How the reason of a training begins that drift started, see `ml.drift.retrain`."""


def second_month(airflow: LocalAirflow, say: Say) -> None:
    """The month in which the sensors change, in gold: monitoring has to see it, and to start a training by itself.

    Raises:
        DemoError: A run did not end well, or monitoring started no training.
    """
    known = set(airflow.run_ids("retrain_monthly"))
    monitored = run_dag(airflow, "monitor_daily", {"as_of": CLOCKS[1]}, say)
    if set(airflow.run_ids("retrain_monthly")) <= known:
        raise DemoError(
            f"month 2: monitoring started no training, though the sensors are others: {monitored.note or 'no note'}; "
            "`assay drift` says what it compared"
        )
    started_by(airflow, "retrain_monthly", known, say)


def third_month(airflow: LocalAirflow, rounds: int | None, say: Say) -> None:
    """The month after it: the training of the first of the month, then monitoring.

    Raises:
        DemoError: A run did not end well, or the gate let the challenger not through.
    """
    ingest(airflow, CLOCKS[2], say)
    check_bundled(run_dag(airflow, "retrain_monthly", {"as_of": CLOCKS[2], "rounds": rounds}, say))
    run_dag(airflow, "monitor_daily", {"as_of": CLOCKS[2]}, say)


def missing_steps(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    """What should have come of the three months and did not, in words; empty where all of it did.

    Args:
        decisions: Rows of `DECISIONS`.
    """
    if len(decisions) != len(CLOCKS):
        return [f"{len(decisions)} answers of a gate; legal: {len(CLOCKS)}, one a month"]
    first, second, third = decisions
    asked = {
        "month 1: the first champion was refused; legal: promoted": first["is_promoted"],
        f"month 2: its training was asked for by {second['reason']!r}; legal: by drift": _is_by_drift(second),
        f"month 2: the version was promoted ({second['verdict']}); legal: refused, on few failures since the first": (
            not second["is_promoted"]
        ),
        "months 2 and 3: not compared with the first champion": (
            second["champion"] == third["champion"] == first["version"]
        ),
        f"month 3: the challenger was refused ({third['verdict']}); legal: promoted": third["is_promoted"],
        f"champion is {third['in_force']}; legal: {third['version']}, of month 3": (
            third["in_force"] == third["version"]
        ),
    }
    return [words for words, is_so in asked.items() if not is_so]


def reasons(made: Mapping[str, Any]) -> list[str]:
    """Why a version was refused, or what a challenger has over the champion, in the gate's words.

    Args:
        made: A row of `DECISIONS`.
    """
    checks = json.loads(made["report"])["checks"]
    if made["is_promoted"]:
        return [check["text"] for check in checks if check["name"] in GAINS]
    return [check["text"] for check in checks if check["verdict"] in REFUSES]


def check_story(ask: Callable[[str], Sequence[Mapping[str, Any]]], say: Say) -> None:
    """Show what the gate answered each month.

    Args:
        ask: Answers a question in SQL.
        say: Shows a line.

    Raises:
        DemoError: A step that the months should have did not occur.
    """
    decisions = ask(DECISIONS)
    for month, made in enumerate(decisions, 1):
        came = "champion" if made["is_promoted"] else "refused"
        say(f"demo: month {month}: version {made['version']} {came} ({made['verdict']}), asked for: {made['reason']}")
        for words in reasons(made):
            say(f"demo:   {words}")
    if wrong := missing_steps(decisions):
        raise DemoError("the months are not what was simulated: " + "; ".join(wrong))


def _is_by_drift(made: Mapping[str, Any]) -> bool:
    return str(made["reason"] or "").startswith(DRIFT)

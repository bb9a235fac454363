"""What is wrong now, for the alerts: the same facts as `assay status`, as conditions."""

from collections.abc import Sequence
from datetime import datetime

from jobs.alerts.condition import Condition
from jobs.runtime.settings import Settings
from jobs.status.facts import Facts
from jobs.status.item import Item
from lakehouse.arrow_alone import load_arrow

# Who found a condition, and the scope under which `assay alerts send` records it.
SOURCE = "status"
_REPORTED = ("dag_failed", "job_failed", "gate_refused")
_OF_FILES = ("landing_missing", "files_unmatched", "files_waiting", "mapping_refused")
_OF_BATCHES = ("unknown_metric", "unknown_unit", "faulty_share", "missing_share", "file_refused", "critical_conflict")
_OF_LOSSES, _OF_RULES = ("message_loss",), ("rule_broken",)
_OF_SAFETY = ("safety_test", "safety_failed", "safety_slow", "safety_unknown", "safety_budget")
_OF_COSTS = ("storage_budget", "storage_forecast")
_OF_DRIFT, _OF_MODELS = ("drift",), ("model_worse", "model_unsealed", "model_waits", "missed_failure")
_OF_MACHINES, _OF_SENSORS = ("machine_alarm",), ("sensor_health",)
_OF_HEALTH = ("machine_blind", "machine_critical", "machine_warning")
_OF_EQUIPMENT = ("certificate_ends", "gateway_battery")
_OF_TABLES = ("table_damaged", "table_stale")
# The kinds of conditions that a part of the facts speaks of.
_KINDS = {
    "plant": (
        *_OF_FILES,
        *_OF_BATCHES,
        *_OF_LOSSES,
        *_OF_RULES,
        *_OF_SAFETY,
        *_OF_COSTS,
        *_OF_DRIFT,
        *_OF_MODELS,
        *_OF_MACHINES,
        *_OF_HEALTH,
        *_OF_SENSORS,
        *_OF_EQUIPMENT,
        *_OF_TABLES,
    ),
    "runs": ("run_late", "job_killed", "engine_failed"),
    "files": _OF_FILES,
    "set aside": _OF_BATCHES,
    "losses": _OF_LOSSES,
    "rules": _OF_RULES,
    "safety": _OF_SAFETY,
    "costs": _OF_COSTS,
    "drift": _OF_DRIFT,
    "sensors": _OF_SENSORS,
    "models": _OF_MODELS,
    "policy": (*_OF_MODELS, *_OF_MACHINES, *_OF_EQUIPMENT),
    "alarms": _OF_MACHINES,
    "machines": _OF_HEALTH,
    "equipment": _OF_EQUIPMENT,
    "engine": ("engine_failed",),
    "disk": ("disk_low", "disk_read_only"),
    "lake": _OF_TABLES,
}


def conditions(settings: Settings, now: datetime) -> Sequence[Condition]:
    """What needs a person now.

    What cannot be looked at is a condition itself; the open alerts that only it could recover stay.

    Args:
        settings: The settings in force.
        now: The clock, with a zone.

    Raises:
        AlertStateError: A part cannot be looked at, and neither can the open alerts.
    """
    load_arrow()
    from jobs.alerts.observing import open_alerts
    from jobs.status.collect import collect

    facts = collect(settings, now)
    found = conditions_of(facts)
    if not facts.troubles:
        return found
    earlier = [alert.condition for alert in open_alerts(settings.state) if alert.scope == SOURCE]
    return (*found, *unseen(facts, found, earlier))


def conditions_of(facts: Facts) -> tuple[Condition, ...]:
    """The conditions of facts; pure.

    Bad ends of runs are left out: `jobs.alerts` reports those of DAGs by Airflow's callbacks, with the run and its
    recovery, and those of jobs by the run journal. Before the first run of a job nobody waits for files.
    """
    from jobs.status.messages.everything import items

    wrong = [item for item in items(facts) if item.key and item.severity is not None]
    has_run = facts.tables is None or facts.tables.is_there
    left_out = _REPORTED if has_run else (*_REPORTED, *_OF_FILES)
    return tuple(_condition(item) for item in wrong if item.key.partition("/")[0] not in left_out)


def unseen(facts: Facts, found: Sequence[Condition], earlier: Sequence[Condition]) -> list[Condition]:
    """Those of the earlier conditions that a part refers to which cannot be looked at now; pure."""
    kinds = {kind for trouble in facts.troubles for kind in _KINDS.get(trouble.part, ())}
    known = {condition.key for condition in found}
    return [each for each in earlier if each.kind in kinds and each.key not in known]


def _condition(item: Item) -> Condition:
    assert item.severity is not None
    kind = item.key.partition("/")[0]
    return Condition(item.key, item.severity, kind, item.text, item.step, SOURCE, item.held)

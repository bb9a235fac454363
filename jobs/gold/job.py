"""Gold brought up to silver: daily tables, features and labels of exactly the dates that new silver rows touch."""

from datetime import datetime

from expectations.tables.silver import BUCKETS
from jobs.diagnosis.emptiness import why_empty
from jobs.gold import daily, features, labels
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced

_TABLES = 4
_DATED = ("gold.machine_daily", "gold.factory_daily", "gold.machine_features", "gold.failure_labels")


def update_stale(settings: Settings, as_of: datetime) -> RunReport:
    """Bring gold up to silver. Nothing new opens no engine.

    Raises:
        GateRefused: A table's new content breaks its contract; that table stays at the version it had.
    """
    plant = open_plant(settings)
    if not any(map(plant.lake.dates, (BUCKETS, *(plant.tables[name] for name in _DATED)))):
        why = why_empty(settings, plant, BUCKETS.name)
        return RunReport("gold", changed=False, lines=(f"gold: nothing to build from, {BUCKETS.name} is empty: {why}",))
    if not _is_behind(plant, as_of):
        return RunReport("gold", changed=False, lines=("gold: nothing new in silver",))
    with session_when_needed(settings) as engine:
        return update(engine, plant, as_of)


def update(engine: Engine, plant: Plant, as_of: datetime) -> RunReport:
    """Every table in the order in which they feed each other. Raises: as `update_stale`."""
    done: dict[str, Replaced] = {}
    if dates := daily.waiting_machine_dates(plant):
        show("gold.machine_daily", 1, _TABLES)
        done["gold.machine_daily"] = daily.rebuild_machines(engine, plant, dates)
    if dates := daily.waiting_factory_dates(plant):
        show("gold.factory_daily", 2, _TABLES)
        done["gold.factory_daily"] = daily.rebuild_factories(engine, plant, dates)
    if features.is_behind(plant, as_of):
        show("gold.machine_features", 3, _TABLES)
        done["gold.machine_features"] = features.rebuild(engine, plant, as_of)
    if labels.is_behind(plant):
        show("gold.failure_labels", 4, _TABLES)
        done["gold.failure_labels"] = labels.rebuild(engine, plant)
    lines = tuple(f"gold: {name}: {len(replaced.dates)} dates replaced" for name, replaced in done.items())
    data = {"dates": {name: len(replaced.dates) for name, replaced in done.items()}}
    is_changed = any(replaced.changed for replaced in done.values())
    return RunReport("gold", changed=is_changed, lines=lines or ("gold: nothing new in silver",), data=data)


def _is_behind(plant: Plant, as_of: datetime) -> bool:
    return (
        bool(daily.waiting_machine_dates(plant))
        or bool(daily.waiting_factory_dates(plant))
        or features.is_behind(plant, as_of)
        or labels.is_behind(plant)
    )

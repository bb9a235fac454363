"""The lake's tables: the newest commit of each layer, what is damaged, missing or old."""

from collections.abc import Mapping
from datetime import datetime

from expectations.tables.contract import LAYERS, Table
from expectations.tables.gold import MODEL_ALIASES, PREDICTIONS
from expectations.tables.silver import READINGS_TABLE
from jobs.diagnosis.emptiness import why_empty
from jobs.diagnosis.lake import damage_of
from jobs.quality.freshness import freshness_rows, late
from jobs.runtime.settings import Settings
from jobs.status.facts import LakeState, LayerCommit
from lakehouse.lock import holder, is_held
from lakehouse.plant import Plant


def lake_state(settings: Settings, plant: Plant, now: datetime) -> LakeState:
    """The tables as they are now. A damaged one is named and left out of the rest."""
    there = {name: table for name, table in plant.tables.items() if plant.lake.exists(table)}
    damaged = {name: why for name, table in there.items() if (why := damage_of(plant.lake.storage_of(table)))}
    whole = {name: table for name, table in there.items() if name not in damaged}
    return LakeState(
        is_there=bool(there),
        commits=tuple(commit for layer in LAYERS for commit in _newest(plant, layer, there)),
        damaged=damaged,
        missing=tuple(name for name in plant.tables if name not in there) if there else (),
        stale=_stale(plant, whole, now),
        holder=str(holder(settings.lake) or "another user") if is_held(settings.lake) else "",
        why_empty=_why_empty(settings, plant, damaged),
    )


def _newest(plant: Plant, layer: str, tables: Mapping[str, Table]) -> list[LayerCommit]:
    """The newest commit of a layer; none where it has no table."""
    found = []
    for name, table in tables.items():
        if table.layer == layer:
            found.append(LayerCommit(layer, name, *plant.lake.newest_commit(table)))
    return sorted(found, key=lambda commit: commit.at)[-1:]


def _stale(plant: Plant, whole: Mapping[str, Table], now: datetime) -> dict[str, str]:
    """Tables that are older than allowed; nothing of a lake without readings: that says why it is empty."""
    due = [table for table in whole.values() if table.newest_by]
    if MODEL_ALIASES.name not in whole:  # whether scores are due nobody can say then
        due = [table for table in due if table.name != PREDICTIONS.name]
    if READINGS_TABLE.name not in whole or not plant.lake.row_count(plant.tables[READINGS_TABLE.name]):
        return {}
    return late(row for row in freshness_rows(plant, now, due) if row["newest_at"] is not None)


def _why_empty(settings: Settings, plant: Plant, damaged: Mapping[str, str]) -> str:
    if damaged or plant.lake.row_count(READINGS_TABLE):
        return ""
    return why_empty(settings, plant, READINGS_TABLE.name)

"""Sensors whose names say that something is wrong: on two machines though they are unique, or that look alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from bronze.files import Outcome
from expectations.feeds import READINGS
from expectations.mapping.mapping import UNIQUE
from expectations.tables.arrow_columns import coded, micros
from expectations.tables.bronze import FILES
from expectations.tables.local_time import DAY_US
from expectations.tables.machine_keys import Moves, factory_of, machine_keys, machine_of, moves_of, names_alike
from jobs.silver.selection import RECORDS, read_records
from lakehouse.files.row_groups import find_row_groups
from lakehouse.plant import Plant

NAMED = 20  # sentences of a run
_COLUMNS = ("factory_id", "machine_id", "sensor_id", "measured_at", "_batch_id", "_file_id")
_READ = (Outcome.READ, Outcome.FILE_CHANGED)


@dataclass(frozen=True, slots=True)
class _Found:
    """Keys of machines by sensor and UTC day, of mappings with unique names; names of sensors by machine, of all."""

    machines: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    sensors: dict[str, set[str]] = field(default_factory=dict)


def names_of_batches(plant: Plant, batches: Sequence[int]) -> list[str]:
    """A sentence for each sensor of some batches that seems to sit on two machines, or whose name differs in case."""
    if not batches:
        return []
    found, contents, moves = _Found(), _contents(plant), moves_of(plant.lake.arrow(plant.tables["silver.machines"]))
    for rows in _records(plant, ds.field("_batch_id").isin(list(batches))):
        _add(found, rows, contents, moves)
    return [*_on_two_machines(found.machines), *_alike(found.sensors)][:NAMED]


def on_two_machines(plant: Plant) -> list[str]:
    """A sentence for each sensor of the whole lake that seems to sit on two machines though its name is unique."""
    contents = _contents(plant)
    if not contents:
        return []
    found, moves = _Found(), moves_of(plant.lake.arrow(plant.tables["silver.machines"]))
    for rows in _records(plant, ds.field("_batch_id").isin(sorted({batch for batch, _ in contents}))):
        _add(found, rows, contents, moves)
    return _on_two_machines(found.machines)[:NAMED]


def _contents(plant: Plant) -> set[tuple[int, str]]:
    """(`_batch_id`, `_file_id`) of what was read by mappings whose sensors have unique names."""
    unique = {one.name for one in plant.sources.usable if one.feed.name == READINGS.name and one.sensors == UNIQUE}
    if not unique:
        return set()
    rows = plant.lake.arrow(FILES, ["_batch_id", "_file_id", "mapping", "outcome"]).to_pylist()
    return {(row["_batch_id"], row["_file_id"]) for row in rows if row["mapping"] in unique and row["outcome"] in _READ}


def _records(plant: Plant, where: ds.Expression) -> Iterator[pa.Table]:
    for row_group in find_row_groups(plant.lake, RECORDS, where):
        yield read_records(row_group, _COLUMNS).filter(where)


def _add(found: _Found, rows: pa.Table, contents: set[tuple[int, str]], moves: Moves) -> None:
    keys, sensor, file = machine_keys(rows), coded(rows, "sensor_id"), coded(rows, "_file_id")
    for key, name in _pairs(keys.codes, sensor.codes):
        found.sensors.setdefault(keys.texts[key], set()).add(sensor.texts[name])
    if not contents:
        return
    ids = {file_id for _, file_id in contents}
    some = rows.filter(pa.array(file.each(ids.__contains__, np.bool_)))
    keys, sensor, days = machine_keys(some, moves), coded(some, "sensor_id"), micros(some, "measured_at") // DAY_US
    for key, name, day in _pairs(keys.codes, sensor.codes, days):
        at = datetime.fromtimestamp(day * DAY_US / 1e6, UTC).date()
        found.machines.setdefault((sensor.texts[name], at), set()).add(keys.texts[key])


def _pairs(*columns: NDArray[Any]) -> list[tuple[int, ...]]:
    """The rows that differ, of columns of whole numbers: each row as one number, which is sorted far faster."""
    if not len(columns[0]):
        return []
    least = [int(column.min()) for column in columns]
    widths = [int(column.max()) - low + 1 for column, low in zip(columns, least, strict=True)]
    rows = np.ravel_multi_index([column - low for column, low in zip(columns, least, strict=True)], widths)
    places = np.unravel_index(np.unique(rows), widths)
    return list(zip(*((place + low).tolist() for place, low in zip(places, least, strict=True)), strict=True))


def _on_two_machines(machines: dict[tuple[str, date], set[str]]) -> list[str]:
    first: dict[str, tuple[date, set[str]]] = {}
    for (sensor, day), keys in sorted(machines.items(), key=lambda item: item[0]):
        if len(keys) > 1:
            first.setdefault(sensor, (day, keys))
    return [
        f"sensor {sensor!r} seems to sit on {len(keys)} machines: {_listed(keys)} have readings of it on {day}, and "
        f'its mapping says sensors = "{UNIQUE}": correct the source, or leave that key out; all are stored meanwhile'
        for sensor, (day, keys) in first.items()
    ]


def _listed(keys: Iterable[str]) -> str:
    return " and ".join(f"{machine_of(key)!r} of factory {factory_of(key)!r}" for key in sorted(keys))


def _alike(sensors: dict[str, set[str]]) -> list[str]:
    return [
        f"sensors {group} of machine {machine_of(key)!r} {advice}"
        for key, names in sorted(sensors.items())
        for group, advice in names_alike(names)
    ]

"""Whether silver has today's form. Of its keys: a machine is (factory, machine), a sensor (factory, machine, sensor).

Older code took a machine's and a sensor's name alone. Where every name is in one place only, its tables are those of
today to the bit and go on. Where it is not, rows of two machines are merged: both forms must not mix in one table.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from domain.record.names import NAMES, tidy
from expectations.feeds import FEEDS, READINGS
from expectations.tables.arrow_columns import coded
from expectations.tables.machine_keys import factory_of, machine_keys, machine_of
from expectations.tables.silver import READINGS_TABLE
from jobs.silver.rank_form import ranked_otherwise
from jobs.silver.selection import RECORDS
from lakehouse.errors import UsageError
from lakehouse.files.row_groups import find_row_groups, read_row_group
from lakehouse.plant import Plant
from lakehouse.storage.key import Key

REBUILDING = Key("_rebuilding")
"""A file at the lake's root, there while old tables of silver and gold are being removed."""
_PLACES = ("machine_id", "factory_id")


def check_key_form(plant: Plant) -> None:
    """Refuse a lake whose silver and gold have to be rebuilt first.

    Raises:
        UsageError: Names what is in the way, and the command.
    """
    if (why := rebuild_due(plant)) is not None:
        raise UsageError(f"{why}; run `assay rebuild` once: it builds silver and gold again from bronze")


def rebuild_due(plant: Plant) -> str | None:
    """Why silver and gold have to be rebuilt from bronze; None where they go on as they are.

    Keys and ranks of versions may be of older code. Bronze is looked through only where older code wrote the newest
    commit of `silver.readings`, and only the batches that are in silver: rows of later ones follow from today's keys.
    """
    lake = plant.lake
    if lake.storage.entry(REBUILDING) is not None:
        return f"a rebuild of the lake {lake.storage.place} was interrupted"
    until = lake.last(READINGS_TABLE, lambda metadata: metadata.batch)
    if until is None:
        return None
    older = f"silver and gold of the lake {lake.storage.place} are of older code, which"
    has_keys = lake.last(READINGS_TABLE, lambda metadata: metadata.identity) == READINGS_TABLE.key
    if not has_keys and (merged := _merged(plant, until)) is not None:
        return f"{older} took names alone as keys: {merged}"
    if (moved := ranked_otherwise(plant, until)) is not None:
        return f"{older} ranked versions of files by their last arrival alone: {moved}"
    return None


def _merged(plant: Plant, until: int) -> str | None:
    """What older code stored as one and is two, or as two and is one; None where nothing is."""
    names, machines, sensors = set[str](), set[str](), set[tuple[str, str]]()
    for rows in _records(plant, until):
        names.update(
            text
            for name in NAMES.intersection(rows.column_names)
            for text in coded(rows.select([name]).drop_null(), name).texts
        )
        keys = machine_keys(rows)
        machines.update(keys.texts)
        if "sensor_id" in rows.column_names:
            sensor = coded(rows, "sensor_id")
            pairs = np.unique(keys.codes.astype(np.int64) * len(sensor.texts) + sensor.codes).tolist()
            width = len(sensor.texts)
            sensors.update((sensor.texts[pair % width], keys.texts[pair // width]) for pair in pairs)
    return _untidy(names) or _machines(machines) or _sensors(sensors)


def _records(plant: Plant, until: int) -> Iterator[pa.Table]:
    """What names machines and sensors, in the records of the batches up to one, as bronze has it."""
    in_silver = ds.field("_batch_id") <= until
    for row_group in find_row_groups(plant.lake, RECORDS, in_silver):
        rows = read_row_group(row_group, RECORDS, [*_PLACES, "sensor_id", "metric", "_batch_id"])
        yield rows.filter(in_silver)
    for feed in FEEDS.values():
        table = plant.tables[f"bronze.{feed.name}"]
        if feed is not READINGS and {*_PLACES} <= {*table.column_names}:  # heartbeats name no machine
            named = [name for name in table.column_names if name in NAMES]
            rows = plant.lake.arrow(table, named, in_silver)
            yield rows.filter(pc.and_(pc.is_valid(rows.column(_PLACES[0])), pc.is_valid(rows.column(_PLACES[1]))))


def _untidy(names: Iterable[str]) -> str | None:
    found = sorted(name for name in names if (tidy(name) or name) != name)
    if not found:
        return None
    return f"{len(found):,} names have blanks around them or are not in normal form C, {found[0]!r} first"


def _machines(keys: Iterable[str]) -> str | None:
    factories: dict[str, set[str]] = {}
    for key in keys:
        factories.setdefault(machine_of(key), set()).add(factory_of(key))
    shared = sorted(name for name, of in factories.items() if len(of) > 1)
    if not shared:
        return None
    first = " and ".join(map(repr, sorted(factories[shared[0]])))
    return f"{len(shared):,} machine names are in more than one factory, {shared[0]!r} in {first} first"


def _sensors(pairs: Iterable[tuple[str, str]]) -> str | None:
    machines: dict[str, set[str]] = {}
    for sensor, key in pairs:
        machines.setdefault(sensor, set()).add(machine_of(key))
    shared = sorted(name for name, of in machines.items() if len(of) > 1)
    if not shared:
        return None
    first = " and ".join(map(repr, sorted(machines[shared[0]])[:2]))
    return f"{len(shared):,} sensor names are on more than one machine, {shared[0]!r} on {first} first"

"""What changed about a machine and its sensors within a window: master data, moves, and corrections of readings."""

from collections.abc import Collection, Sequence
from datetime import datetime

from expectations.tables.machine_keys import factory_of, machine_of
from jobs.lineage.answer import Stop, time_text
from report.lake_view import LakeView, Row

_MASTER = """SELECT m.*, f.path, b._line AS line
FROM silver.machines m LEFT JOIN bronze.machines b ON b.machine_id = m.machine_id AND b.factory_id = m.factory_id
    AND b.valid_from = m.valid_from
LEFT JOIN bronze.files f USING (_file_id, _batch_id)
WHERE list_contains($keys, m.machine_id || chr(31) || m.factory_id) AND m.valid_from <= $at
    AND (m.valid_to IS NULL OR m.valid_to > $since)
QUALIFY row_number() OVER (PARTITION BY m.machine_id, m.factory_id, m.valid_from
    ORDER BY b._batch_id DESC NULLS LAST, f.path, b._line) = 1
ORDER BY m.valid_from DESC, m.factory_id"""
_CORRECTIONS = """SELECT * FROM silver.corrections
WHERE list_contains($mappings, mapping) AND (machine_id IS NULL OR list_contains($machines, machine_id))
    AND (factory_id IS NULL OR list_contains($factories, factory_id))
    AND (sensor_id IS NULL OR list_contains($sensors, sensor_id) OR list_contains($sensors, continues))
    AND (valid_from IS NULL OR valid_from <= $at) AND (valid_to IS NULL OR valid_to > $since)
ORDER BY mapping, position"""
_HIDDEN = ("machine_id", "factory_id", "valid_from", "valid_to", "path", "line", "moved_from")


def master_stops(view: LakeView, keys: Sequence[str], since: datetime, at: datetime) -> tuple[Stop, ...]:
    """What master data say of a machine within a window, the newest first, with the file and line that say it.

    Args:
        view: The lake.
        keys: The machine by each of the factories that it was in, as `machine_keys` writes them.
        since: Begin of the window.
        at: Its end.
    """
    rows = view.rows(_MASTER, {"keys": list(keys), "since": since, "at": at})
    return tuple(Stop("master data", f"{row['factory_id']}/{row['machine_id']}", _master(row), row) for row in rows)


def correction_stops(
    view: LakeView, keys: Sequence[str], sensors: Collection[str], mappings: Collection[str], since: datetime,
    at: datetime,
) -> tuple[Stop, ...]:  # fmt: skip
    """The corrections of a machine's readings within a window, a seam where one begins or ends in it.

    Args:
        view: The lake.
        keys: As of `master_stops`.
        sensors: The machine's sensors with readings in the window.
        mappings: The mappings that read them.
        since: As there.
        at: As there.
    """
    values = {
        "machines": [machine_of(key) for key in keys], "factories": [factory_of(key) for key in keys],
        "sensors": sorted(sensors), "mappings": sorted(mappings), "since": since, "at": at,
    }  # fmt: skip
    rows = view.rows(_CORRECTIONS, values)
    return tuple(
        Stop("correction", f"{row['mapping']} {row['position']}", _correction(row, since, at), row) for row in rows
    )


def _master(row: Row) -> str:
    stated = [f"{name} {value}" for name, value in row.items() if value is not None and name not in _HIDDEN]
    moved = [f"moved here from {row['moved_from']}"] if row["moved_from"] else []
    span = f"from {time_text(row['valid_from'])}" + (f" to {time_text(row['valid_to'])}" if row["valid_to"] else "")
    source = f"; {row['path']}:{row['line']}" if row["path"] else ""
    return f"{', '.join([*moved, *stated]) or 'no attribute'}, {span}{source}"


def _correction(row: Row, since: datetime, at: datetime) -> str:
    names = [f"{name} {row[key]}" for name, key in (("sensor", "sensor_id"), ("metric", "metric")) if row[key]]
    changed = [f"continues {row['continues']}"] if row["continues"] else []
    if row["value_factor"] != 1 or row["value_offset"] != 0:
        changed.append(f"value x {row['value_factor']:g} + {row['value_offset']:g}")
    changed += [f"unit {row['unit']}"] if row["unit"] else []
    spans = {"from": row["valid_from"], "until": row["valid_to"]}
    ends = [f"{word} {time_text(end)}" for word, end in spans.items() if end is not None]
    is_seam = any(end is not None and since < end <= at for end in spans.values())
    words = f"{', '.join(names) or 'every reading'}: {', '.join(changed)}{''.join(f', {end}' for end in ends)}"
    return f"{words}; a seam within the window" if is_seam else words

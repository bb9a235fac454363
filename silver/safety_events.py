"""`silver.safety_events`: trips and tests of safety functions, each once; of two that differ the worse."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Flags
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.shared import PROVENANCE
from expectations.tables.silver_safety import SAFETY_EVENTS, SAFETY_KINDS, TEST_OUTCOMES
from silver import events_quarantine
from silver.clock import FileClocks, is_suspect

Row = dict[str, Any]
Key = tuple[Any, ...]
_SHOWN = ("kind", "part", "response_time_s", "response_time_ms", "outcome", "detail")
_MS_PER_S = 1000


def build(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> pa.Table:
    """Trips and tests, key (machine_id, factory_id, function_id, kind, occurred_at, part), in its order.

    Args:
        bronze: `bronze.safety`.
        profile: The plant.
        clocks: The clocks of files that have one of their own.
    """
    rows = bronze.to_pylist()
    worst = _worst(rows, _is_good(_faults(bronze, profile, clocks)))
    stored = [_stored(worst[key]) for key in sorted(worst, key=_order)]
    return pa.Table.from_pylist(stored, arrow_schema(SAFETY_EVENTS))


def quarantine(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> pa.Table:
    """Records that cannot be true, and those that say less ill of a trip or test than another record does."""
    rows, faults = bronze.to_pylist(), _faults(bronze, profile, clocks)
    good = _is_good(faults)
    worst = _worst(rows, good)
    beaten = [is_good and _content(row) != _content(worst[_key(row)]) for row, is_good in zip(rows, good, strict=True)]
    return events_quarantine.build(_as_events(bronze), {**faults, "conflicting_value": np.array(beaten, np.bool_)})


def _as_events(bronze: pa.Table) -> pa.Table:
    """The records with the columns of the quarantine; what it has no column for is in the detail, as JSON."""
    rows = bronze.select(list(_SHOWN)).to_pylist()
    texts = [json.dumps({name: value for name, value in row.items() if value is not None}) for row in rows]
    ours = {"code": "function_id", "stated_at": "occurred_at"}
    names = ("machine_id", "factory_id", "code", "stated_at", *(column.name for column in PROVENANCE))
    columns = {name: bronze.column(ours.get(name, name)) for name in names}
    return pa.table({"feed": pa.repeat("safety", len(rows)), "detail": pa.array(texts, pa.string()), **columns})


def _faults(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> Mapping[str, Flags]:
    """Fault code -> whether each record has it."""
    rows = bronze.to_pylist()
    return {
        "clock_suspect": is_suspect(bronze, "occurred_at", profile, clocks),
        "unknown_kind": _each(rows, lambda row: row["kind"] not in SAFETY_KINDS),
        "unknown_outcome": _each(rows, lambda row: row["outcome"] not in (None, *TEST_OUTCOMES)),
        "impossible_response": _each(rows, _is_impossible),
    }


def _each(rows: Sequence[Row], has: Callable[[Row], bool]) -> Flags:
    return np.array([has(row) for row in rows], np.bool_)


def _is_good(faults: Mapping[str, Flags]) -> list[bool]:
    """Whether each record has none of the faults."""
    return [not any(found) for found in zip(*faults.values(), strict=True)]


def _is_impossible(row: Row) -> bool:
    seconds, milliseconds = row["response_time_s"], row["response_time_ms"]
    if seconds is not None and milliseconds is not None and not math.isclose(seconds * _MS_PER_S, milliseconds):
        return True
    return (_response_s(row) or 0.0) < 0


def _response_s(row: Row) -> float | None:
    seconds: float | None = row["response_time_s"]
    if seconds is None and row["response_time_ms"] is not None:
        return float(row["response_time_ms"]) / _MS_PER_S
    return seconds


def _worst(rows: Sequence[Row], good: Sequence[bool]) -> dict[Key, Row]:
    """Of the good records of each key the worse: failed before passed before nothing, then the longest response."""
    found: dict[Key, Row] = {}
    for row, is_good in zip(rows, good, strict=True):
        if is_good:
            key = _key(row)
            found[key] = max(found.get(key, row), row, key=_badness)
    return found


def _badness(row: Row) -> tuple[int, float, str]:
    seconds = _response_s(row)
    return (None, *TEST_OUTCOMES).index(row["outcome"]), -1.0 if seconds is None else seconds, row["detail"] or ""


def _content(row: Row) -> tuple[Any, ...]:
    return row["outcome"], _response_s(row), row["detail"]


def _key(row: Row) -> Key:
    return tuple(row[name] for name in SAFETY_EVENTS.key)


def _order(key: Key) -> tuple[Any, ...]:
    """Null comes first."""
    return tuple((value is not None, value) for value in key)


def _stored(row: Row) -> Row:
    return {name: row[name] for name in SAFETY_EVENTS.column_names} | {"response_time_s": _response_s(row)}

"""`silver.vibration_windows`: the features of each window of samples, each window once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.vibration.features import FEATURES
from domain.vibration.plan import plan_of
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Flags, plain_texts, with_tidy_names
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver_vibration import CONFLICTING, VIBRATION_WINDOWS
from expectations.units import UNITS, spelled_conversions, unit_key
from silver import events_quarantine
from silver.clock import FileClocks, is_suspect
from silver.shaft_data import ShaftData
from silver.vibration_features import Shafts, window_features

READS = (
    "started_at", "sensor_id", "machine_id", "factory_id", "rate_hz", "unit", "scale", "speed_rpm", "encoding",
    "sample_count", "samples", "_file_id", "_batch_id", "_ingested_at",
)  # fmt: skip
QUARANTINE_READS = (
    "started_at", "sensor_id", "machine_id", "factory_id", "unit", "_rescued", "_line", "_column", "_file_id",
    "_batch_id", "_ingested_at",
)  # fmt: skip
_DTYPES = {"float32": "<f4", "float64": "<f8", "int16": "<i2", "int32": "<i4"}
_KEY = VIBRATION_WINDOWS.key
_CHUNK_SAMPLES = 1 << 20  # as doubles 8 MB: what is unpacked of a date at once
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waveforms:
    """What says which records of `bronze.waveforms` count.

    Attributes:
        profile: The plant.
        clocks: The clocks of files that have one of their own.
        replaced: `_file_id` of contents that were read again.
    """

    profile: Profile
    clocks: FileClocks
    replaced: frozenset[str]


def build(bronze: pa.Table, shafts: ShaftData, rules: Waveforms, days: Sequence[date]) -> pa.Table:
    """One row per window of some UTC dates, key (factory_id, machine_id, sensor_id, started_at), in its order.

    A window that came several times counts once. Where its records differ in their samples, rate, unit or speed, none
    is taken: its row has no features and says so.

    Args:
        bronze: The columns `READS` of `bronze.waveforms`, of the dates and of others.
        shafts: What is known of speeds and bearings.
        rules: Which records count.
        days: The dates.
    """
    rows = with_tidy_names(plain_texts(bronze))
    is_day = pc.is_in(rows.column("started_at").cast(pa.date32()), pa.array(days, pa.date32()))
    is_new = pc.invert(pc.is_in(rows.column("_file_id"), pa.array(sorted(rules.replaced), pa.string())))
    rows = rows.filter(pc.and_(is_day, is_new))
    good = ~np.logical_or.reduce([*_faults(rows, rules).values()]) if rows.num_rows else np.zeros(0, np.bool_)
    rows = rows.filter(pa.array(good))
    once, conflicting = _once(rows)
    return _table(rows.take(pa.array(once)), conflicting, shafts)


def quarantine(bronze: pa.Table, rules: Waveforms) -> pa.Table:
    """Records of windows whose time cannot be true, or whose unit is no acceleration; `QUARANTINE_READS` are read."""
    rows = with_tidy_names(plain_texts(bronze))
    names = {"code": rows.column("sensor_id"), "stated_at": rows.column("started_at"), "detail": rows.column("unit")}
    count = rows.num_rows
    others = {name: rows.column(name) for name in ("machine_id", "factory_id", *QUARANTINE_READS[5:])}
    records = pa.table({"feed": pa.repeat("waveforms", count), **names, **others})
    return events_quarantine.build(records, _faults(rows, rules))


def _faults(rows: pa.Table, rules: Waveforms) -> dict[str, Flags]:
    units = [unit_key(text) for text in rows.column("unit").to_pylist()]
    accelerations, all_units = spelled_conversions("m/s2"), {unit_key(symbol) for symbol in UNITS}
    is_other = np.array([text not in accelerations for text in units], np.bool_)
    is_known = np.array([text in all_units for text in units], np.bool_)
    return {
        "clock_suspect": is_suspect(rows, "started_at", rules.profile, rules.clocks),
        "unknown_unit": is_other & ~is_known,
        "unit_mismatch": is_other & is_known,
    }


def _once(rows: pa.Table) -> tuple[NDArray[np.int64], Flags]:
    """The places of one record of each window, in the order of the key, and whether its records differ."""
    names = rows.select([*_KEY]).to_pylist()
    content = rows.select(["rate_hz", "unit", "scale", "speed_rpm", "encoding"]).to_pylist()
    samples = rows.column("samples")
    first: dict[tuple[Any, ...], int] = {}
    differing = set[tuple[Any, ...]]()
    for place, row in enumerate(names):
        key = tuple(row.values())
        known = first.setdefault(key, place)
        if known != place and (content[known] != content[place] or samples[known] != samples[place]):
            differing.add(key)
    keys = sorted(first)
    return np.array([first[key] for key in keys], np.int64), np.array([key in differing for key in keys], np.bool_)


def _table(rows: pa.Table, conflicting: Flags, shafts: ShaftData) -> pa.Table:
    speeds, sources, orders = shafts.of(rows)
    values = np.full((rows.num_rows, len(FEATURES)), np.nan)
    reasons = np.full(rows.num_rows, CONFLICTING, np.object_)
    for places, samples, rate in _chunks(rows, np.flatnonzero(~conflicting)):
        found = window_features(samples, plan_of(samples.shape[1], rate), Shafts(speeds[places], orders[places]))
        values[places], reasons[places] = found.values, found.reasons
    columns: dict[str, Any] = {name: rows.column(name) for name in (*_KEY, "sample_count", "rate_hz")}
    columns |= {name: pa.array(values[:, k], mask=np.isnan(values[:, k])) for k, name in enumerate(FEATURES)}
    columns |= {
        "speed_rpm": pa.array(speeds, mask=np.isnan(speeds)),
        "speed_source": pa.array(sources, pa.string()),
        "not_computed_reason": pa.array(reasons.tolist(), pa.string()),
        "started_date": rows.column("started_at").cast(pa.date32()),
    }
    schema = arrow_schema(VIBRATION_WINDOWS)
    return pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)


def _chunks(
    rows: pa.Table, places: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], float]]:
    """Windows of one length and rate, some at once: their places, their samples in m/s2, their rate."""
    counts, rates = (rows.column(name).to_pylist() for name in ("sample_count", "rate_hz"))
    alike: dict[tuple[int, float], list[int]] = {}
    for place in places.tolist():
        alike.setdefault((counts[place], rates[place]), []).append(place)
    for (count, rate), found in alike.items():
        size = max(_CHUNK_SAMPLES // count, 1)
        for start in range(0, len(found), size):
            chunk = np.array(found[start : start + size], np.int64)
            yield chunk, _samples(rows.take(pa.array(chunk))), rate


def _samples(rows: pa.Table) -> NDArray[np.float64]:
    """The samples of windows of one length in m/s2."""
    factors = spelled_conversions("m/s2")
    columns = (rows.column(name).to_pylist() for name in ("samples", "encoding", "scale", "unit"))
    return np.stack(
        [
            np.frombuffer(content, _DTYPES[encoding]).astype(np.float64) * (scale * factors[unit_key(unit)][0])
            for content, encoding, scale, unit in zip(*columns, strict=True)
        ]
    )

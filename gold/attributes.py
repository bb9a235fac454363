"""Features of master data: attributes of a machine as they were true at a grid time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.features import Feature
from expectations.tables.arrow_columns import micros
from expectations.tables.machine_keys import machine_keys, moves_of
from gold.exact import Doubles
from gold.slots import Grid, Places

_ALWAYS = 2**62


def features(machines: pa.Table, rows: Grid, features: tuple[Feature, ...]) -> dict[str, Doubles]:
    """The values that held at each grid time (``valid_from <= t < valid_to``); NaN where nothing was known.

    Args:
        machines: `silver.machines`: the periods of a machine do not overlap.
        rows: The grid times.
        features: Declarations of the kinds attribute and level.
    """
    if not features or not machines.num_rows:
        return {}
    held = _held(machines, rows)
    return {
        feature.name: _column(machines.column(feature.attribute).to_pylist(), feature)[held] for feature in features
    }


def _held(machines: pa.Table, rows: Grid) -> Places:
    """For each grid time the row of `machines` that held; the number of its rows where none did."""
    ranks: Mapping[str, int] = {text: rank for rank, text in enumerate(rows.machines)}
    machine = machine_keys(machines, moves_of(machines)).each(lambda key: ranks.get(key, -1), np.int64)
    began_us, ended_us = micros(machines, "valid_from"), _ends(machines)
    order = np.lexsort((began_us, machine))
    found = np.full(len(rows.slot_us), machines.num_rows, np.int64)
    for row in order[machine[order] >= 0]:
        first, end = np.searchsorted(rows.machine, (machine[row], machine[row] + 1))
        now_us = rows.slot_us[first:end]
        found[first:end][(began_us[row] <= now_us) & (now_us < ended_us[row])] = row
    return found


def _ends(machines: pa.Table) -> Places:
    ended: Places = machines.column("valid_to").cast(pa.int64()).fill_null(_ALWAYS).to_numpy()
    return ended


def _column(values: list[Any], feature: Feature) -> Doubles:
    """The feature of each row of master data, and NaN for none."""
    numbers = [
        np.nan if value is None else float(value == feature.level if feature.kind == "level" else value)
        for value in values
    ]
    return np.array([*numbers, np.nan])

"""Instants as the wall clock of each row's factory shows them, and dates as columns."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Coded, Micros, micros

DAY_US = 86_400_000_000


def local_us(at_us: Micros, factory: Coded, profile: Profile) -> Micros:
    """Instants as the wall clock of each row's factory shows them, as if that were UTC.

    Source: the tz database of the system, as Arrow reads it: equal to `zoneinfo` for each of its zones.
    """
    shifted = at_us.copy()
    for place, name in enumerate(factory.texts):
        rows = slice(None) if len(factory.texts) == 1 else np.flatnonzero(factory.codes == place)
        instants = pa.array(at_us[rows]).cast(pa.timestamp("us", profile.zone_of(name)))
        shifted[rows] = pc.local_timestamp(instants).cast(pa.int64()).to_numpy()
    return shifted


def dates(days: NDArray[np.int64]) -> pa.Array:
    """Days since the epoch as a column of dates."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def utc_dates(records: pa.Table, time: str) -> pa.Array:
    """The UTC date of each record's time; Arrow's own cast takes 20 times as long."""
    return dates(micros(records, time) // DAY_US)


def of_dates(records: pa.Table, time: str, days: Collection[date]) -> pa.Table:
    """The records whose time is on some UTC dates; a table that has no others is returned as it is."""
    chosen = pc.is_in(utc_dates(records, time), pa.array(days, pa.date32()))
    return records if pc.all(chosen).as_py() else records.filter(chosen)

"""The calendar of a reading: UTC date for partitions, and date, hour, weekend and shift in the factory's own zone."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile, Shift
from expectations.tables.arrow_columns import Coded, Micros, texts_of
from expectations.tables.local_time import DAY_US, dates, local_us

HOUR_US = 3_600_000_000
_THURSDAY = 3  # 1970-01-01, with Monday as 0


def calendar(at_us: Micros, factory: Coded, profile: Profile) -> dict[str, pa.Array]:
    """Columns `measured_date` (UTC), `local_date`, `local_hour`, `is_weekend`, `shift` of readings."""
    local = local_us(at_us, factory, profile)
    day, hour = local // DAY_US, local // HOUR_US % 24
    return {
        "measured_date": dates(at_us // DAY_US),
        "local_date": dates(day),
        "local_hour": pa.array(hour.astype(np.int32)),
        "is_weekend": pa.array((day + _THURSDAY) % 7 >= 5),
        "shift": _shift_column(hour, profile.shifts),
    }


def _shift_column(hour: NDArray[np.int64], shifts: tuple[Shift, ...]) -> pa.Array:
    """The last of the shifts that an hour lies in; null where it lies in none."""
    by_hour = [next((place for place, shift in reversed(list(enumerate(shifts))) if _is_in(one, shift)), -1)
               for one in range(24)]  # fmt: skip
    codes = np.array(by_hour, dtype=np.int32)[hour]
    names = texts_of(np.maximum(codes, 0), [shift.name for shift in shifts] or [""])
    if (codes >= 0).all():
        return names
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, names.dictionary)


def _is_in(hour: int, shift: Shift) -> bool:
    """Half-open hours; a shift whose end is not after its start goes over midnight."""
    from_start, to_end = hour >= shift.start_hour, hour < shift.end_hour
    return (from_start and to_end) if shift.start_hour < shift.end_hour else (from_start or to_end)

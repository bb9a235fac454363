"""The calendar of a reading: UTC date for partitions, and date, hour, weekend and shift in the factory's own zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile, Shift
from expectations.tables.arrow_columns import Coded, Micros, texts_of

DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
# Zones change their offset at full quarters of an hour UTC. Source: the tz database, every rule in force since 1972.
_SLOT_US = HOUR_US // 4
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


def local_us(at_us: Micros, factory: Coded, profile: Profile) -> Micros:
    """Instants as the wall clock of each row's factory shows them, as if that were UTC."""
    slots = at_us // _SLOT_US
    known = _known_slots(slots)
    offsets = np.array([_offsets_us(profile.zone_of(name), known) for name in factory.texts], dtype=np.int64)
    offsets = offsets.reshape(len(factory.texts), len(known))
    shifted: Micros = at_us + offsets[factory.codes, np.searchsorted(known, slots)]
    return shifted


def dates(days: NDArray[np.int64]) -> pa.Array:
    """Days since the epoch as a column of dates."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _known_slots(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every quarter of an hour among these, in order; those between them too where that spares the search for them."""
    if len(slots) and (last := slots.max()) - (first := slots.min()) < len(slots):
        return np.arange(first, last + 1)
    return np.unique(slots)


def _offsets_us(zone: str, slots: NDArray[np.int64]) -> list[int]:
    """The zone's offset in each quarter of an hour."""
    place, quarter_s = ZoneInfo(zone), _SLOT_US // 1_000_000
    return [_offset_s(place, int(slot) * quarter_s) * 1_000_000 for slot in slots]


def _offset_s(place: ZoneInfo, instant_s: int) -> int:
    offset = datetime.fromtimestamp(instant_s, UTC).astimezone(place).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


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

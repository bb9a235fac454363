"""A gateway's day counts each reading once, and its lateness from the first file that has it."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from expectations.feeds import READINGS
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.silver import QUARANTINE
from gold import clock_suspects, gateway_daily
from gold.arrivals import NEVER, Came
from gold.gateway_readings import ASIDE_READS, READS
from tests.support.frames import small_profile

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_US = 3_600_000_000


def _us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _after(hours: float) -> int:
    return _us(NOON) + int(hours * HOUR_US)


class Said(NamedTuple):
    """A record: gateway, sensor, hours after noon, file, line, faults; of one factory where none is named."""

    gateway: str | None
    sensor: str
    hour: float
    file: str
    line: int = 1
    faults: tuple[str, ...] = ()
    factory: str = "F1"

    @property
    def at(self) -> datetime:
        return NOON + timedelta(hours=self.hour)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("plant"))


def _rows(said: list[Said], came: dict[str, Came], profile: Profile) -> list[dict[str, Any]]:
    records, aside = _tables(said)
    days = sorted({one.at.date() for one in said})
    found: list[dict[str, Any]] = gateway_daily.build(
        records.select(READS), aside.select(ASIDE_READS), came, days, profile
    ).to_pylist()
    return found


def _tables(said: list[Said]) -> tuple[pa.Table, pa.Table]:
    """Rows of `bronze.readings`, and those of `silver.readings_quarantine`."""
    place = [{"_file_id": one.file, "_line": one.line, "_batch_id": 1, "measured_at": one.at} for one in said]
    names = [
        {"sensor_id": one.sensor, "machine_id": "M1", "factory_id": one.factory, "metric": "temperature"}
        for one in said
    ]
    rows = [
        {**where, **name, "gateway_id": one.gateway, "value": 1.0, "unit": "C"}
        for one, where, name in zip(said, place, names, strict=True)
    ]
    aside = [{**row, "_faults": list(one.faults)} for one, row in zip(said, rows, strict=True) if one.faults]
    bronze = pa.Table.from_pylist(rows, arrow_schema(feed_table(READINGS)))
    return bronze, pa.Table.from_pylist(aside, arrow_schema(QUARANTINE))


def test_a_day_of_a_gateway_by_hand(profile: Profile) -> None:
    """A day of clock junk is none, a copy is nothing new, a superseded record came all the same."""
    came = {"f": Came(_after(1), 5, _after(9), "m"), "copy": Came(_after(4), 0, _after(4), "m"),
            "old": Came(_after(-8), 0, _after(-8), "m")}  # fmt: skip
    said = [
        Said("g1", "S1", 0, "f", 1), Said("g1", "S1", 0, "copy", 1),
        Said("g1", "S2", 0.5, "f", 2), Said("g1", "S3", -4, "f", 3, ("value_out_of_range",)),
        Said("g1", "S4", 1, "f", 5), Said("g1", "S5", 0, "old"), Said("g1", "S2", 0.5, "old", 2),  # its time cannot be
        Said("g1", "S6", 0, "f", 4, ("superseded",)), Said("g1", "S6", 0, "copy", 4),
        Said("g1", "S7", 0, "copy", 5, ("withdrawn",)),
        Said("g1", "S1", 24 * 365, "f", 6, ("clock_suspect",)),
    ]  # fmt: skip

    (true,) = _rows(said, came, profile)

    assert (true["gateway_id"], true["mapping"], true["day"]) == ("g1", None, date(2026, 3, 1))
    assert true["last_reading_at"] == NOON + timedelta(hours=1)
    assert (true["accepted_count"], true["quarantined_count"], true["clock_suspect_count"]) == (5, 1, 0)
    assert true["bad_frac"] == 1 / 6
    assert true["delivered_unknown_count"] == 1
    assert true["delivered_last_at"] == NOON + timedelta(hours=9)
    after = [true[f"delivered_after_{name}_s"] for name in ("p50", "p95", "max")]  # of 0.5, 1, 1, 5 and 8 hours
    assert after == [3600.0, 28_800.0, 28_800.0]
    assert true["delivered_late_count"] == 2


def test_records_of_no_gateway_are_of_the_mapping_that_read_them(profile: Profile) -> None:
    came = {"f": Came(_after(1), 0, _after(1), "lines"), "g": Came(_after(1), 0, _after(1), "table")}
    said = [
        Said(None, "S1", 0, "f"),
        Said(None, "S2", 0, "f", 2),
        Said(None, "S1", 0, "g"),
        Said("g1", "S1", 0, "g", 2),
    ]

    found = _rows(said, came, profile)

    said = [Said("g1", "S1", hour, "f", 1, (), factory) for factory, hour in (("F2", 0), ("F1", 1), ("F2", 2))]
    of_factories = [(row["factory_id"], row["accepted_count"]) for row in _rows(said, came, profile)]
    assert of_factories == [("F1", 1), ("F2", 2)]  # two gateways of one name
    sources = [(row["gateway_id"], row["mapping"], row["accepted_count"]) for row in found]
    assert sources == [(None, "lines", 2), (None, "table", 1), ("g1", None, 1)]


@pytest.mark.parametrize("seed", range(4))
def test_records_in_any_order_give_what_a_plain_count_gives(profile: Profile, seed: int) -> None:
    draw = random.Random(seed)
    came = {name: Came(_after(at), 0, _after(at), "m") for name, at in {"a": 3, "b": 20, "c": -1}.items()}
    faults = [(), (), (), ("value_out_of_range",), ("clock_suspect",), ("superseded",)]
    said = [
        Said(draw.choice(["g1", "g2", None]), f"S{draw.randrange(5)}", draw.randrange(18), draw.choice("abc"), line,
             draw.choice(faults))
        for line in range(1, 201)
    ]  # fmt: skip

    found = _rows(said, came, profile)

    assert found == _rows(draw.sample(said, len(said)), came, profile)
    assert {(row["gateway_id"], row["day"]): _of(row) for row in found} == _plain(said, came, profile)


def _of(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("accepted_count", "quarantined_count", "clock_suspect_count", "delivered_late_count",
             "delivered_unknown_count", "delivered_after_max_s")  # fmt: skip
    return tuple(row[name] for name in names)


def _plain(said: list[Said], came: dict[str, Came], profile: Profile) -> dict[Any, tuple[Any, ...]]:
    """Reading by reading."""
    of_reading: dict[Any, list[Said]] = defaultdict(list)
    for one in said:
        of_reading[one.gateway, one.sensor, one.at].append(one)
    days: dict[Any, list[tuple[str, float]]] = defaultdict(list)
    for (gateway, _, at), some in of_reading.items():
        kinds = {one.faults[0] if one.faults else "accepted" for one in some} - {"superseded"}
        best = next((one for one in ("accepted", "value_out_of_range", "clock_suspect") if one in kinds), None)
        if best is not None:
            times = [came[one.file].first_us / 1e6 - _us(at) / 1e6 for one in some]
            late = min((one for one in times if one >= -profile.ahead_s), default=min(times))
            days[gateway, at.date()].append((best, late))
    true = {key: some for key, some in days.items() if any(kind != "clock_suspect" for kind, _ in some)}
    return {key: _counted(some, profile) for key, some in true.items()}


def _counted(some: list[tuple[str, float]], profile: Profile) -> tuple[Any, ...]:
    counts = [sum(kind == one for kind, _ in some) for one in ("accepted", "value_out_of_range", "clock_suspect")]
    late = [after for kind, after in some if kind != "clock_suspect"]
    known = [max(after, 0.0) for after in late if after >= -profile.ahead_s]
    too_late = sum(after > profile.freshness_s for after in known)
    return (*counts, too_late, len(late) - len(known), max(known, default=None))


def test_readings_of_wrong_clocks_are_counted_by_the_day_that_they_state() -> None:
    """Each once for its gateway, with the times of the files that brought them; those of other faults are not there."""
    came = {"f": Came(_after(1), 0, _after(1), "m"), "g": Came(_after(5), 0, _after(5), "lines"),
            "no_time": Came(NEVER, 0, NEVER, "m")}  # fmt: skip
    ahead, past, junk = 24 * 3650, -24 * 365 * 50, ("clock_suspect",)
    said = [
        Said("g1", "S1", ahead, "f", 1, junk), Said("g1", "S1", ahead, "g", 1, junk),
        Said("g1", "S2", ahead, "g", 2, junk),
        Said("g1", "S3", ahead + 24, "no_time", 1, (*junk, "value_out_of_range")), Said(None, "S1", past, "g", 3, junk),
        Said("g1", "S1", 0, "f", 2), Said("g1", "S2", ahead, "f", 3, ("value_out_of_range",)),
        Said("g1", "S4", ahead, "f", 4, (*junk, "superseded")),
    ]  # fmt: skip
    aside = _tables(said)[1].select(clock_suspects.READS)

    found = clock_suspects.build(aside, came, sorted({one.at.date() for one in said}))

    names = ("gateway_id", "mapping", "reading_count", "stated_last_at", "delivered_first_at", "delivered_last_at")
    first, last = (NOON + timedelta(hours=hours) for hours in (1, 5))
    assert [tuple(row[name] for name in names) for row in found.to_pylist()] == [
        (None, "lines", 1, NOON + timedelta(hours=past), last, last),
        ("g1", None, 2, NOON + timedelta(hours=ahead), first, last),
        ("g1", None, 1, NOON + timedelta(hours=ahead + 24), None, None),
    ]
    assert [row["stated_date"] for row in found.to_pylist()] == [
        one.date() for one in found["stated_first_at"].to_pylist()
    ]

"""`gold.storage_costs`: the live files of a check, by layer, factory and tier, with cost and forecast."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa

from calculators.arithmetic import whole_cents
from expectations.plant.plant_profile import StoragePrices
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_costs import FORECAST_D, STORAGE_COSTS

BYTES_PER_TB = 10**12
_SECONDS_PER_D = 86_400
_HORIZON = timedelta(days=FORECAST_D)

Row = Mapping[str, Any]
Place = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One live file: its table's layer, the factory and date of its partition where the table has them, its size."""

    layer: str
    factory_id: str | None
    day: date | None
    size_bytes: int


def build(stored: pa.Table, files: Iterable[StoredFile], checked: date, prices: StoragePrices) -> pa.Table:
    """Every check so far, and this one where its date has none and it differs from the newest one before.

    A file's age is that of its partition's date; tables without one are hot. Prices are by decimal terabyte and month.

    Args:
        stored: The table as it is.
        files: The live files of now.
        checked: UTC date of the check's clock.
        prices: Ages and prices of the tiers.
    """
    rows: list[Row] = stored.to_pylist()
    sizes = _sizes(files, checked, prices)
    earlier = [row for row in rows if row["checked_date"] < checked]
    if any(row["checked_date"] == checked for row in rows) or _same(_newest(earlier), sizes, prices):
        return stored.select(STORAGE_COSTS.column_names)
    added = [_row(place, found, checked, prices, earlier) for place, found in sorted(sizes.items(), key=_order)]
    whole = sorted([*rows, *added], key=lambda row: (row["checked_date"], *_order((_place(row), ()))))
    return pa.Table.from_pylist([dict(row) for row in whole], arrow_schema(STORAGE_COSTS))


def month_cents(rows: Sequence[Row]) -> tuple[int, int | None]:
    """Cost of a month at the newest check, and by its forecast where every row has one."""
    newest = _newest(rows)
    forecasts = [row["forecast_cents"] for row in newest]
    whole = None if not newest or None in forecasts else sum(forecasts)
    return sum(row["cost_cents"] for row in newest), whole


def missed_by(rows: Sequence[Row]) -> Fraction | None:
    """Cost of a month at the newest check, less what was forecast for then, by that; None without such a forecast.

    The forecast is that of the newest check of `FORECAST_D` days before or earlier.
    """
    newest = _newest(rows)
    if not newest:
        return None
    earlier = _newest([row for row in rows if row["checked_date"] <= newest[0]["checked_date"] - _HORIZON])
    _, expected = month_cents(earlier)
    cents, _ = month_cents(newest)
    return Fraction(cents - expected, expected) if expected else None


def tier_of(day: date | None, checked: date, prices: StoragePrices) -> str:
    """The tier of a partition by its age; one without a date, or ahead of the clock, is hot."""
    age_s = 0 if day is None else (checked - day).days * _SECONDS_PER_D
    return "hot" if age_s < prices.hot_s else "warm" if age_s < prices.warm_s else "cold"


def _sizes(files: Iterable[StoredFile], checked: date, prices: StoragePrices) -> dict[Place, tuple[int, int]]:
    """Bytes and files of each layer, factory and tier."""
    found: dict[Place, list[int]] = defaultdict(list)
    for file in files:
        found[file.layer, file.factory_id, tier_of(file.day, checked, prices)].append(file.size_bytes)
    return {place: (sum(sizes), len(sizes)) for place, sizes in found.items()}


def _row(
    place: Place, found: tuple[int, int], checked: date, prices: StoragePrices, earlier: Sequence[Row]
) -> Row:  # the columns of the contract, in its order
    layer, factory_id, tier = place
    size, count = found
    forecast = _forecast(place, size, checked, earlier)
    expected = _expected(place, checked, earlier)
    price = prices.of_tier(tier)
    return {
        "checked_date": checked, "layer": layer, "factory_id": factory_id, "tier": tier, "size_bytes": size,
        "file_count": count, "price_usd_per_tb": price, "cost_cents": _cents(size, price), "forecast_bytes": forecast,
        "forecast_cents": None if forecast is None else _cents(forecast, price),
        "forecast_deviation_frac": (size - expected) / expected if expected else None,
    }  # fmt: skip


def _cents(size_bytes: int, price_usd_per_tb: float) -> int:
    """Amount times price, rounded once. The price is what its decimal digits say."""
    return whole_cents(Fraction(size_bytes, BYTES_PER_TB) * Fraction(str(price_usd_per_tb)))


def _forecast(place: Place, size: int, checked: date, earlier: Sequence[Row]) -> int | None:
    """The size after `FORECAST_D` days of the growth since the earliest check within as many days."""
    recent = [row["checked_date"] for row in earlier if row["checked_date"] >= checked - _HORIZON]
    if not recent:
        return None
    first = min(recent)
    then = sum(row["size_bytes"] for row in earlier if row["checked_date"] == first and _place(row) == place)
    return max(0, size + round(Fraction((size - then) * FORECAST_D, (checked - first).days)))


def _expected(place: Place, checked: date, earlier: Sequence[Row]) -> int | None:
    """What the newest check of `FORECAST_D` days before or earlier found for a place."""
    known = [row for row in earlier if row["checked_date"] <= checked - _HORIZON and _place(row) == place]
    size: int | None = _newest(known)[0]["forecast_bytes"] if known else None
    return size


def _newest(rows: Sequence[Row]) -> list[Row]:
    last = max((row["checked_date"] for row in rows), default=None)
    return [row for row in rows if row["checked_date"] == last]


def _same(rows: Sequence[Row], sizes: Mapping[Place, tuple[int, int]], prices: StoragePrices) -> bool:
    """Whether a check has these sizes at these prices."""
    known = {_place(row): (row["size_bytes"], row["file_count"], row["price_usd_per_tb"]) for row in rows}
    return known == {place: (*found, prices.of_tier(place[2])) for place, found in sizes.items()}


def _place(row: Row) -> Place:
    return row["layer"], row["factory_id"], row["tier"]


def _order(item: tuple[Place, object]) -> tuple[str, str, str]:
    """Rows without a factory first."""
    layer, factory_id, tier = item[0]
    return layer, factory_id or "", tier

"""How many values of each sensor and UTC date their source itself called bad, by its codes."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import plain_texts
from silver.sensor_panel import NAMES, Name

READS = (*NAMES, "stated_at", "quality_code", "_file_id")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BadValues:
    """(name of the sensor, UTC date) -> code -> values: each time and code of a sensor once, however often it came."""

    counts: dict[tuple[Name, date], Counter[str]]

    @classmethod
    def of(cls, rows: pa.Table | None, replaced: Collection[str] = ()) -> "BadValues":
        """Of the columns `READS` of `bronze.bad_quality`, without those of contents that were read again."""
        if rows is None or not rows.num_rows:
            return cls({})
        known = plain_texts(rows)
        known = known.filter(pc.invert(pc.is_in(known.column("_file_id"), pa.array(sorted(replaced), pa.string()))))
        known = known.append_column("on", known.column("stated_at").cast(pa.date32()))
        each = known.group_by([*NAMES, "stated_at", "on", "quality_code"], use_threads=False).aggregate([])
        counted = each.group_by([*NAMES, "on", "quality_code"], use_threads=False).aggregate([([], "count_all")])
        found: dict[tuple[Name, date], Counter[str]] = {}
        for row in counted.to_pylist():
            name = row["factory_id"], row["machine_id"], row["metric"], row["sensor_id"]
            found.setdefault((name, row["on"]), Counter())[row["quality_code"]] = row["count_all"]
        return cls(found)

    def count(self, name: Name, day: date) -> int:
        """Values of a sensor on a date."""
        return sum(self.counts.get((name, day), Counter()).values())

    def codes(self, name: Name, day: date) -> str | None:
        """Its codes with their counts, the most first, such as `0x80340000: 214, 24: 3`; None without any."""
        counted = sorted(self.counts.get((name, day), Counter()).items(), key=lambda one: (-one[1], one[0]))
        shown = [f"{code}: {count}" for code, count in counted[:_SHOWN]]
        more = [f"{len(counted) - _SHOWN} more codes"] if len(counted) > _SHOWN else []
        return ", ".join([*shown, *more]) or None

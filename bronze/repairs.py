"""What a rule of repair makes of a record, and the names of repairs. Pure.

A value is computed as the decimal number that it is written as: 7315 times 0.01 is 73.15, to the last bit.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to each record: value times `scale`, plus `offset`; another unit; a time moved by `shift`."""

    scale: Decimal | None = None
    offset: Decimal | None = None
    unit: str | None = None
    shift: timedelta | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it does nothing."""
        return self == Rule()

    def __str__(self) -> str:
        """The rule as options say it."""
        shift = None if self.shift is None else f"{Decimal(self.shift // timedelta(microseconds=1)) / 1_000_000:f}s"
        options = {"scale": self.scale, "offset": self.offset, "unit": self.unit, "shift": shift}
        return " ".join(f"--{name} {value}" for name, value in options.items() if value is not None)

    def repaired(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Time, value and unit of the record once the rule was applied.

        Raises:
            OverflowError: Its time leaves the years 1 to 9999.

        Example:
            >>> at = datetime(2026, 3, 1)
            >>> Rule(scale=Decimal("0.01")).repaired({"measured_at": at, "value": 7315.0, "unit": "C"})["value"]
            73.15
        """
        at: datetime = record["measured_at"]
        return {
            "measured_at": at + (self.shift or timedelta()),
            "value": self._value(record["value"]),
            "unit": record["unit"] if self.unit is None else self.unit,
        }

    def _value(self, value: float) -> float:
        if not math.isfinite(value) or (self.scale is None and self.offset is None):
            return value
        scale = Decimal(1) if self.scale is None else self.scale
        return float(Decimal(repr(value)) * scale + (self.offset or Decimal()))


def repair_id(rule: str, places: Iterable[tuple[str, int, str]], undone: int) -> str:
    """The name of a repair: the same call on the same records is the same repair, until one is undone.

    Args:
        rule: What is done.
        places: `_file_id`, `_line` and `_column` of each record.
        undone: How many repairs were undone before it.
    """
    return _digest(["repair", rule, sorted(places), undone])


def repaired_file_id(repair: str, origin: str) -> str:
    """`_file_id` of the records of one content that a repair replays."""
    return _digest(["repaired", repair, origin])


def undone_file_id(repaired: str, batch: int) -> str:
    """`_file_id` of the undoing of a repair in a batch."""
    return _digest(["undone", repaired, batch])


def _digest(named: list[Any]) -> str:
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:_ID_DIGITS]

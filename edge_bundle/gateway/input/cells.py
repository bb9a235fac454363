"""One field of a record to text, number or time, or the fault that the gateway counts."""

from __future__ import annotations

from typing import Any

from domain.record import cells
from domain.record.faults import FieldError
from domain.record.states import States

from edge_bundle.format.pipeline import Source
from edge_bundle.gateway.input.records import Fault
from edge_bundle.gateway.input.times import check_zone


class CellReader:
    """Reads the fields of one source's records; None is a field that holds no value.

    Raises:
        ConfigError: This device does not know the zone of the source's times.
    """

    def __init__(self, source: Source) -> None:
        if source.time:
            check_zone(source.time)
        self._cells = cells.CellReader(
            source.missing,
            source.time,
            is_text=source.format == "csv",
            quality=source.quality,
            quoted_numbers=source.quoted_numbers,
            numbers=source.numbers,
            series=source.series_columns,
        )

    def text(self, record: dict[str, Any], column: str) -> str | Fault | None:
        """A text; a number in JSON is no text."""
        try:
            return self._cells.text(column, record.get(column))
        except FieldError as exc:
            return fault_of(exc)

    def scalar(self, record: dict[str, Any], column: str) -> str | Fault | None:
        """A text, number or boolean as text, whole numbers without a fraction."""
        try:
            return self._cells.scalar(column, record.get(column))
        except FieldError as exc:
            return fault_of(exc)

    def number(self, record: dict[str, Any], column: str, states: States) -> float | Fault | None:
        """A finite number, also by a word of `states`."""
        try:
            return self._cells.stated(column, record.get(column), states)
        except FieldError as exc:
            return fault_of(exc)

    def integer(self, record: dict[str, Any], column: str) -> int | Fault | None:
        """A whole number of 64 bits."""
        try:
            return self._cells.integer(column, record.get(column))
        except FieldError as exc:
            return fault_of(exc)

    def instant(self, record: dict[str, Any]) -> int | Fault | None:
        """The record's time, microseconds since epoch."""
        try:
            return self._cells.instant(record)
        except FieldError as exc:
            return fault_of(exc)

    def quality(self, record: dict[str, Any], column: str) -> Fault | None:
        """What the quality code of a value says against it."""
        try:
            self._cells.quality(column, record.get(column))
        except FieldError as exc:
            return fault_of(exc)
        return None


def fault_of(exc: FieldError) -> Fault:
    """The fault of a field that cannot be read."""
    return Fault(exc.fault.reason, exc.fault.detail)

"""What was compared of a table so far: rows, and the differences."""

from dataclasses import dataclass, field

import pyarrow as pa

from expectations.tables.contract import Table
from jobs.verify.outcome import MOST_NAMED, Named
from lakehouse.lake import Lake
from lakehouse.publish.built_again import Part
from lakehouse.publish.differences import differences


@dataclass(slots=True)
class Compared:
    """What was compared.

    Attributes:
        lacking: Columns that came after the version: they are not compared.
        rows: Rows that are stored.
        count: Differences.
        named: The first of them.
        notes: What else was found.
    """

    lacking: tuple[str, ...] = ()
    rows: int = 0
    count: int = 0
    named: list[Named] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: Part, table: Table, name: str = "whole") -> None:
        """Count what differs of a part, and name it while few are named; `name` is that of a part without a date."""
        self.rows += part.stored.num_rows
        name = name if part.day is None else str(part.day)
        for one in differences(part.stored, self._without_new(part.built), table):
            self.count += 1
            if len(self.named) < MOST_NAMED:
                key = dict(zip(table.key, one.key, strict=True))
                self.named.append(Named(name, key, one.column, one.stored, one.built))

    def _without_new(self, rows: "pa.Table") -> "pa.Table":
        for name in self.lacking:
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, pa.nulls(rows.num_rows, rows.schema.field(name).type))
        return rows


def compared(lake: Lake, table: Table) -> Compared:
    """Nothing so far of a table at the version that a lake has."""
    there = lake.columns(table)
    lacking = tuple(name for name in table.column_names if name not in there)
    notes = [f"columns that came after it are not compared: {', '.join(lacking)}"] if lacking else []
    return Compared(lacking, notes=notes)

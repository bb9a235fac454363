"""What was compared of a table so far: rows, and the differences."""

from dataclasses import dataclass, field

from expectations.tables.contract import Table
from jobs.verify.outcome import MOST_NAMED, Named
from lakehouse.publish.built_again import Part
from lakehouse.publish.differences import differences


@dataclass(slots=True)
class Compared:
    """Rows that are stored, differences, the first of them, and what else was found."""

    rows: int = 0
    count: int = 0
    named: list[Named] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: Part, table: Table, name: str = "whole") -> None:
        """Count what differs of a part, and name it while few are named; `name` is that of a part without a date."""
        self.rows += part.stored.num_rows
        name = name if part.day is None else str(part.day)
        for one in differences(part.stored, part.built, table):
            self.count += 1
            if len(self.named) < MOST_NAMED:
                key = dict(zip(table.key, one.key, strict=True))
                self.named.append(Named(name, key, one.column, one.stored, one.built))

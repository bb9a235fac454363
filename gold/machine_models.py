"""Which model a machine had on a date, by its master data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from expectations.tables.machine_keys import machine_key


@dataclass(frozen=True, slots=True)
class Entry:
    """What was true of a machine in one factory from one date to before another; UTC, None while it holds."""

    since: date
    until: date | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Models:
    """Key of a machine in one factory -> its entries, oldest first."""

    entries: Mapping[str, Sequence[Entry]]

    @classmethod
    def of(cls, machines: pa.Table) -> Models:
        """Those of `silver.machines`."""
        found: dict[str, list[Entry]] = {}
        for row in machines.select(["machine_id", "factory_id", "machine_model", "valid_from", "valid_to"]).to_pylist():
            until = None if row["valid_to"] is None else row["valid_to"].date()
            entry = Entry(row["valid_from"].date(), until, row["machine_model"])
            found.setdefault(machine_key(row["machine_id"], row["factory_id"]), []).append(entry)
        return cls({key: sorted(ones, key=_order) for key, ones in found.items()})

    def on(self, key: str, day: date) -> str | None:
        """The model on a date: of the newest entry that had begun, else of the first one; None where none is known."""
        entries = self.entries.get(key, ())
        begun = [entry for entry in entries if entry.since <= day]
        chosen = begun[-1:] or list(entries[:1])
        return chosen[0].model if chosen else None

    def is_in_service(self, key: str, day: date) -> bool:
        """Whether master data have the machine in that factory on a date."""
        return any(
            entry.since <= day and (entry.until is None or day < entry.until) for entry in self.entries.get(key, ())
        )

    def has_begun(self, key: str, day: date) -> bool:
        """Whether master data have said anything of the machine in that factory by a date."""
        return any(entry.since <= day for entry in self.entries.get(key, ()))


NO_MODELS = Models({})


def _order(entry: Entry) -> tuple[date, date, str]:
    return entry.since, entry.until or date.max, entry.model or ""

"""Records of bronze sorted out: the plain ones laid out at once, the others compared with all that shares their key."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from expectations.tables.silver import QUARANTINE
from jobs.silver.batch_counts import Group
from jobs.silver.contested import LookedAt, Stored, resolve_contested
from jobs.silver.repeated_keys import find_repeated, note_conflicts, note_records, note_standing
from jobs.silver.selection import Selection, readings_near
from jobs.silver.uncontested import Laid, lay_out, partitions_of, pick_standing
from jobs.silver.withdrawals import NOTHING
from lakehouse.engine.tasks import Engine
from lakehouse.files.table_files import Written, nothing_of
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage
from silver.key_hash import Hashes

if TYPE_CHECKING:
    from silver.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Sorted:
    """Records sorted out: the plain ones, all new, and what resolving made of the others. All in files."""

    laid: Laid
    others: LookedAt

    @property
    def groups(self) -> list[Group]:
        """How many records there are of each batch, outcome, first fault and date."""
        return [*self.laid.plain, *self.others.groups]

    @property
    def accepted(self) -> Written:
        """Every record that becomes a reading."""
        return Written.of([self.laid.written, self.others.accepted])

    @property
    def aside(self) -> Written:
        """Every record that goes to quarantine."""
        return Written.of([nothing_of(QUARANTINE), self.others.aside])


@dataclass(frozen=True, slots=True)
class Compared:
    """What records are compared with.

    Attributes:
        meets_stored: Whether they come beside what `silver.readings` stores; else in place of it.
        concerned: Hashes, in order, of keys whose records versions of their path withdraw.
    """

    meets_stored: bool
    concerned: Hashes = field(default_factory=lambda: NOTHING)


def sort_records(
    engine: Engine, plant: Plant, records: Selection, book: "Rulebook", folder: Storage, compared: Compared
) -> Sorted:
    """Lay out and sort out records of bronze.

    Args:
        engine: Gives a session, where the records are many.
        plant: The plant.
        records: Which records.
        book: What they are validated by.
        folder: Where files go, an empty one.
        compared: What they are compared with.
    """
    noted = note_records(engine, records, folder)
    standing = readings_near(plant, noted.spans) if compared.meets_stored else []
    conflicts = note_conflicts(plant, noted, compared.concerned, folder) if compared.meets_stored else None
    held = [note_standing(engine, standing, folder).load()] if standing else []
    held += [[compared.concerned]] if conflicts is None else [[np.load(folder.local_copy(conflicts))]]
    repeated = find_repeated(noted, [hashes for some in held for hashes in some], folder)
    laid = lay_out(engine, records, book, repeated, folder)
    if not laid.contested:
        return Sorted(laid, LookedAt())
    met = Stored(pick_standing(engine, standing, repeated, folder, partitions_of(records)), conflicts)
    return Sorted(laid, resolve_contested(engine, laid.contested, met, book, folder))

"""Which records of `bronze.readings` a task reads: pieces of the table, and what of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expectations.feeds import READINGS
from expectations.tables.bronze import feed_table
from lakehouse.files.row_groups import Piece, pieces, read_piece
from lakehouse.plant import Plant

if TYPE_CHECKING:
    import pyarrow as pa

    from expectations.tables.arrow_columns import Flags

RECORDS = feed_table(READINGS)


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of some batches, of all sensors or of some, among pieces that may hold others too."""

    pieces: tuple[Piece, ...]
    batches: range
    sensors: frozenset[str] | None = None

    def read(self, piece: Piece, columns: Sequence[str]) -> "pa.Table":
        """Columns of the selected records of one piece, in their order there; texts by code."""
        import pyarrow as pa

        by = ("_batch_id",) if self.sensors is None else ("_batch_id", "sensor_id")
        rows = read_piece(piece, RECORDS, [*dict.fromkeys((*columns, *by))])
        chosen = self._chosen(rows)
        return (rows if chosen.all() else rows.filter(pa.array(chosen))).select(list(columns))

    def _chosen(self, rows: "pa.Table") -> "Flags":
        from expectations.tables.arrow_columns import coded, integers

        batch = integers(rows, "_batch_id")
        chosen = (batch >= self.batches.start) & (batch < self.batches.stop)
        if self.sensors is not None:
            chosen &= coded(rows, "sensor_id").each(self.sensors.__contains__, bool)
        return chosen


def of_batch(plant: Plant, number: int) -> Selection:
    """The records of one batch."""
    import pyarrow.dataset as ds

    found = pieces(plant.lake, RECORDS, ds.field("_batch_id") == number)
    return Selection(tuple(found), range(number, number + 1))


def before_batch(plant: Plant, number: int, first: datetime, last: datetime) -> Selection:
    """The records of the batches before one, and not of times only that are outside of two."""
    import pyarrow.dataset as ds

    at = ds.field("measured_at")
    found = pieces(plant.lake, RECORDS, (ds.field("_batch_id") < number) & (at >= first) & (at <= last))
    return Selection(tuple(found), range(number))


def of_sensors(plant: Plant, sensors: Sequence[str], last: int) -> Selection:
    """Every record of some sensors in the batches up to the last one."""
    return Selection(tuple(pieces(plant.lake, RECORDS)), range(last + 1), frozenset(sensors))

"""Buckets of the dates that new readings touched."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from expectations.plant import Profile
from expectations.tables.silver import BUCKETS, READINGS_TABLE
from jobs.runtime.changes import changed_dates
from jobs.runtime.gate import judge
from jobs.runtime.part_files import PartFiles
from jobs.runtime.partitions import Replaced, mark, name_of, replace_by_changed
from jobs.runtime.pieces import Piece, pieces, read_piece, runs
from jobs.runtime.plant import Plant
from jobs.runtime.spread import Engine, spread
from jobs.runtime.staging_area import staging_folder
from jobs.runtime.table_files import TableFiles, Written

SOURCE = "readings_version"


def waiting_dates(plant: Plant) -> list[date] | None:
    """UTC dates whose readings changed since the buckets were built; None where nothing happened."""
    return changed_dates(plant.lake, READINGS_TABLE, BUCKETS, SOURCE)


def rebuild(engine: Engine, plant: Plant, dates: list[date]) -> Replaced:
    """Rebuild the buckets of those dates and replace those that changed.

    Raises:
        GateRefused: The buckets break their contract.
    """
    said = {SOURCE: plant.lake.version(READINGS_TABLE)}
    if not dates:
        mark(plant.lake, BUCKETS, said)
        return Replaced((), changed=False)
    with staging_folder(plant.lake.root) as folder:
        written = _write(engine, _by_date(plant, dates), plant.profile, folder)
        batch = judge(written, BUCKETS, plant.lake, folder, name_of(dates))
        return replace_by_changed(plant.lake, batch, dates, said)


def _by_date(plant: Plant, dates: Sequence[date]) -> list[list[Piece]]:
    """The readings of each date: a bucket lies within one, whatever its length."""
    import pyarrow.dataset as ds

    found: dict[Any, list[Piece]] = {}
    for piece in pieces(plant.lake, READINGS_TABLE, ds.field("measured_date").isin(list(dates))):
        found.setdefault(piece.partition["measured_date"], []).append(piece)
    return [found[day] for day in sorted(found)]


def _write(engine: Engine, days: Sequence[list[Piece]], profile: Profile, folder: Path) -> Written:
    shares = runs(days, lambda day: sum(piece.rows for piece in day))
    answers = spread(engine, shares, lambda share: asdict(_write_share(share, profile, folder)))
    return Written.of(Written(**answer) for answer in answers)


def _write_share(share: Sequence[list[Piece]], profile: Profile, folder: Path) -> Written:
    """Some dates; runs within a task of the engine."""
    import pyarrow as pa

    from silver.buckets import READS, build

    with PartFiles(folder) as out:
        table = TableFiles(BUCKETS, out)
        for day in share:
            table.write(build(pa.concat_tables(read_piece(piece, READINGS_TABLE, READS) for piece in day), profile))
    return table.written()

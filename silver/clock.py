"""Times that cannot be true: before the plant began, or too far ahead of the file's clock."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Flags, Micros, begins, coded, integers, micros

FileClocks = Mapping[tuple[int, str], int]
"""(`_batch_id`, `_file_id`) -> `clock_at` of the ledger, microseconds since the epoch, of each file in which it is not
`_ingested_at`."""

Contents = frozenset[tuple[int, str]]
"""(`_batch_id`, `_file_id`) of contents."""

REVISED_AT = "revised_at"
"""The column of `bronze.readings` with the time at which the source exported or changed a record; null where unsaid."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def is_suspect(records: pa.Table, column: str, profile: Profile, clocks: FileClocks) -> Flags:
    """Whether each record's time is before the plant began or too far after its file's clock: `clock_suspect`.

    Source of the lead: `docs/decisions/0124-starting-values.md`, 10 minutes by default.

    Args:
        records: Records of bronze, with where they came from.
        column: The column of their time.
        profile: The plant: when it began, and the lead that it allows.
        clocks: The clocks of files; a file that is not there has the clock of its run, `_ingested_at`.
    """
    at_us, clock_us = micros(records, column), _clocks_us(records, clocks)
    began_us = (profile.began_at - _EPOCH) // _MICROSECOND
    suspect: Flags = (at_us < began_us) | (at_us > clock_us + profile.ahead_s * 1_000_000)
    return suspect


def is_revised_ahead(records: pa.Table, profile: Profile, clocks: FileClocks) -> Flags:
    """Whether each record says that it was exported too far after its file's clock: `clock_suspect` too.

    It would outrank every later correction of its source until that time comes.
    """
    if REVISED_AT not in records.column_names:
        return np.zeros(records.num_rows, np.bool_)
    stated = records.column(REVISED_AT).cast(pa.int64())
    latest_us = _clocks_us(records, clocks) + profile.ahead_s * 1_000_000
    ahead: Flags = stated.is_valid().to_numpy() & (stated.fill_null(0).to_numpy() > latest_us)
    return ahead


def is_file_ahead(records: pa.Table, ahead: Contents) -> Flags:
    """Whether each record is of a content whose path says that it was exported in the future: `clock_suspect` too."""
    if not ahead or not records.num_rows:
        return np.zeros(records.num_rows, np.bool_)
    names, lengths = _contents(records)
    return np.repeat(np.array([name in ahead for name in names], np.bool_), lengths)


def _clocks_us(records: pa.Table, clocks: FileClocks) -> Micros:
    """The clock of each record's file."""
    ingested_us = micros(records, "_ingested_at")
    if not clocks or not records.num_rows:
        return ingested_us
    names, lengths = _contents(records)
    ingested = ingested_us[np.cumsum(lengths) - lengths].tolist()
    known = [clocks.get(name, own) for name, own in zip(names, ingested, strict=True)]
    return np.repeat(np.array(known, dtype=np.int64), lengths)


def _contents(records: pa.Table) -> tuple[list[tuple[int, str]], NDArray[np.int64]]:
    """The content of each run of neighbours, and how long the run is: records of a file are neighbours."""
    batch, file = integers(records, "_batch_id"), coded(records, "_file_id")
    starts = np.flatnonzero(begins([batch, file.codes], np.arange(len(batch))))
    names = [
        (number, file.texts[code])
        for number, code in zip(batch[starts].tolist(), file.codes[starts].tolist(), strict=True)
    ]
    return names, np.diff([*starts, len(batch)])

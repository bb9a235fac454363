"""`clock_suspect`: a time before the plant began, or too far after the clock of its file."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from expectations.plant.file import load_profile
from silver.clock import FileClocks, is_suspect

PROFILE = load_profile("simulated")
RUN = datetime(2026, 4, 1, 17, 7, tzinfo=UTC)
LEAD = timedelta(seconds=PROFILE.ahead_s)
SECOND = timedelta(seconds=1)


def _us(time: datetime) -> int:
    return round(time.timestamp()) * 1_000_000


def _records(*rows: tuple[int, str, datetime]) -> pa.Table:
    stamp = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "_batch_id": pa.array([batch for batch, _, _ in rows], pa.int64()),
            "_file_id": pa.array([file for _, file, _ in rows], pa.string()),
            "at": pa.array([at for *_, at in rows], stamp),
            "_ingested_at": pa.array([RUN] * len(rows), stamp),
        }
    )


@pytest.mark.parametrize("as_codes", [False, True])
def test_each_record_is_held_against_the_clock_of_its_own_file_and_batch(as_codes: bool) -> None:
    half_an_hour = timedelta(minutes=30)
    clocks: FileClocks = {(1, "late"): _us(RUN + half_an_hour), (2, "other"): _us(RUN - half_an_hour)}
    rows = _records(
        (1, "late", RUN + half_an_hour + LEAD),
        (1, "late", RUN + half_an_hour + LEAD + SECOND),
        (1, "other", RUN + LEAD),
        (1, "other", RUN + LEAD + SECOND),
        (2, "late", RUN + LEAD + SECOND),
        (2, "other", RUN),
        (1, "late", RUN + LEAD + SECOND),
        (1, "late", PROFILE.began_at - SECOND),
    )
    if as_codes:
        rows = rows.set_column(1, "_file_id", rows["_file_id"].dictionary_encode())

    found = is_suspect(rows, "at", PROFILE, clocks)

    assert found.tolist() == [False, True, False, True, True, True, False, True]


def test_no_records_are_no_trouble() -> None:
    assert is_suspect(_records(), "at", PROFILE, {(1, "a"): 0}).tolist() == []

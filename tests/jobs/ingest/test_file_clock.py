"""The clock that a file's records are held against: that of its admission, written down with what is intended."""

from datetime import UTC, datetime, timedelta

import pytest

from bronze.files import Admission, Content, Landed, Outcome
from jobs.ingest.file_times import instant, microseconds
from jobs.ingest.plan import file_clock, new_batch, unfinished_batch
from tests.support.reader_files import long_mapping

WALL = datetime(2026, 11, 28, 17, 37, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("as_of", "modified", "expected"),
    [
        (None, WALL - HOUR, WALL),
        (None, WALL + HOUR, WALL),
        (WALL - 2 * HOUR, WALL - HOUR, WALL - HOUR),
        (WALL - HOUR, WALL - 2 * HOUR, WALL - HOUR),
        (WALL - HOUR, WALL + HOUR, WALL),
        (WALL + HOUR, WALL - HOUR, WALL),
        (WALL + HOUR, WALL + HOUR, WALL),
    ],
    ids=["no clock given", "no clock given, a file of the future", "the file came after the clock given",
         "the file came before it", "a file of the future", "a clock of the future", "both of the future"],
)  # fmt: skip
def test_the_clock_of_a_file(as_of: datetime | None, modified: datetime, expected: datetime) -> None:
    assert file_clock(as_of, modified, WALL) == expected


def _admission(path: str, modified: datetime) -> Admission:
    return Admission(
        Content(Landed(path, 1, microseconds(modified)), path * 64, {}), long_mapping(), Outcome.READ, path * 16
    )


def test_every_file_has_its_clock_in_the_intent_and_a_resumed_batch_has_the_same() -> None:
    admissions = [_admission("a", WALL - HOUR), _admission("b", WALL - 3 * HOUR)]

    batch = new_batch(1, WALL - 2 * HOUR, WALL, admissions)

    assert [row["clock_at"] for row in batch.intent_rows()] == [WALL - HOUR, WALL - 2 * HOUR]
    assert unfinished_batch(batch.intent_rows()) == batch


def test_a_batch_without_a_given_clock_is_of_the_wall_clock() -> None:
    batch = new_batch(1, None, WALL, [_admission("a", WALL - HOUR)])

    assert batch.ingested_at == WALL
    assert [row["clock_at"] for row in batch.intent_rows()] == [WALL]


def test_a_batch_that_an_older_version_began_has_no_clock_yet() -> None:
    rows = new_batch(1, None, WALL, [_admission("a", WALL)]).intent_rows()
    old = [{name: value for name, value in row.items() if name != "clock_at"} for row in rows]

    batch = unfinished_batch(old)

    assert batch is not None
    assert [row["clock_at"] for row in batch.intent_rows()] == [None]


@pytest.mark.parametrize("modified_us", [-(2**62), 2**62])
def test_a_file_time_that_no_calendar_has_is_the_nearest_that_there_is(modified_us: int) -> None:
    assert instant(modified_us).year == (1 if modified_us < 0 else 9999)

"""The plan of an ingest batch: kept in the ledger, taken up again, closed with every record accounted for."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bronze.files import Outcome
from jobs.ingest.plan import Batch, PlannedFile, records_of_contents, unfinished_batch
from jobs.runtime.reading import ReadTask, _read
from tests.support.reader_files import line, long_mapping

CLOCK = datetime(2026, 4, 1, tzinfo=UTC)


def _file(path: str, sha: str = "a" * 64, outcome: Outcome = Outcome.READ, first_byte: int = 0) -> PlannedFile:
    return PlannedFile(path, 100, 7, sha, "readings", "m", outcome, "why", first_byte, 1)


def _counts(records: int) -> dict[str, int]:
    return {"records": records, "rows": records, "blank": 0, "rejected": 0}


def test_a_batch_is_taken_up_again_as_it_was_intended() -> None:
    batch = Batch(3, CLOCK, (_file("a"), _file("b", "b" * 64, Outcome.FILE_CHANGED, 9)))

    assert unfinished_batch(batch.intent_rows()) == batch
    assert unfinished_batch(batch.final_rows({"a" * 16: _counts(1), "b" * 16: _counts(2)}, [])) is None


def test_a_copy_is_read_in_place_of_a_file_that_vanished() -> None:
    batch = Batch(
        1, CLOCK, (_file("a"), _file("b", outcome=Outcome.DUPLICATE_FILE), _file("c", outcome=Outcome.DUPLICATE_FILE))
    )

    after = batch.without({"a"})

    assert [file.outcome for file in after.files] == [Outcome.VANISHED, Outcome.READ, Outcome.DUPLICATE_FILE]
    assert [file.outcome for file in after.without({"b"}).files][1:] == [Outcome.VANISHED, Outcome.READ]


def test_a_file_that_the_staged_batch_does_not_know_vanished_before() -> None:
    batch = Batch(1, CLOCK, (_file("a"), _file("b", "b" * 64)))

    assert batch.unread({"a" * 16: _counts(1)}) == {"b"}


def test_a_duplicate_counts_the_records_of_the_whole_content() -> None:
    """The content was read in three parts; the second began within the first's last line."""
    parts = [("x", 10, 0, 4), ("y", 20, 8, 3), ("z", 30, 20, 5)]
    earlier: list[dict[str, Any]] = [
        {"path": "grown", "size_bytes": size, "first_byte": first, "records": records, "outcome": "read",
         "_file_id": sha * 16, "_batch_id": number}
        for number, (sha, size, first, records) in enumerate(parts)
    ]  # fmt: skip
    batch = Batch(9, CLOCK, (replace(_file("copy", "z" * 64), outcome=Outcome.DUPLICATE_FILE),))

    assert records_of_contents(earlier) == {"x" * 16: 4, "y" * 16: 6, "z" * 16: 11}
    (row,) = batch.final_rows({}, earlier)
    assert (row["records"], row["duplicate"], row["rows"]) == (11, 11, 0)


def test_bytes_behind_the_admitted_ones_are_left_to_the_next_batch(tmp_path: Path) -> None:
    one = line() + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(one * 3)
    task = ReadTask(str(path), 2 * len(one), "m", "f" * 16, 0, 1, 1, 0)

    batches = list(_read(task, long_mapping()))

    assert batches[-1].to_pylist()[0]["records"] == 2
    assert sum(batch.num_rows for batch in batches) == 3

"""The plan of an ingest batch: kept in the ledger, taken up again, closed with every record accounted for."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bronze.files import Outcome
from jobs.ingest.plan import Batch, PlannedFile, known_files, records_of_contents, unfinished_batch
from tests.support.reader_files import long_mapping

CLOCK = datetime(2026, 4, 1, tzinfo=UTC)


def _file(path: str, sha: str = "a" * 64, outcome: Outcome = Outcome.READ, first_byte: int = 0) -> PlannedFile:
    return PlannedFile(path, 100, 7, sha, "readings", "m", outcome, "why", first_byte, 1, sha[:16])


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


def test_a_repair_and_its_undoing_are_no_files_that_landed() -> None:
    """`ingest --again` would take them for readings of the content that they repair."""
    (row,) = Batch(1, CLOCK, (_file("a"),)).final_rows({"a" * 16: _counts(1)}, [])
    ledger = [row, row | {"outcome": Outcome.REPAIRED}, row | {"outcome": Outcome.UNDONE}]

    assert [one.outcome for one in known_files(ledger)] == [Outcome.READ]


def test_only_what_is_to_be_read_is_found_by_its_content() -> None:
    batch = Batch(1, CLOCK, (_file("a"), _file("b", outcome=Outcome.DUPLICATE_FILE), _file("c", "c" * 64)))

    assert batch.paths_of(["a" * 16, "d" * 16]) == {"a"}


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


def test_a_copy_that_grew_counts_the_records_of_the_whole_content() -> None:
    read = {"size_bytes": 10, "first_byte": 0, "records": 4, "_file_id": "x" * 16, "_batch_id": 1}
    earlier: list[dict[str, Any]] = [
        {**read, "path": "copy", "outcome": "duplicate_file"},
        {**read, "path": "first", "outcome": "read"},
        {"path": "copy", "size_bytes": 15, "first_byte": 10, "records": 2, "outcome": "read", "_file_id": "y" * 16,
         "_batch_id": 2},
    ]  # fmt: skip

    assert records_of_contents(earlier) == {"x" * 16: 4, "y" * 16: 6}


def test_of_a_path_that_two_mappings_read_one_reading_may_vanish_and_an_older_version_names_the_path() -> None:
    one, other = _file("a"), replace(_file("a", "b" * 64), mapping="other")
    batch = Batch(1, CLOCK, (one, other))

    (lost,) = batch.paths_of([other.file_id])

    assert [file.outcome for file in batch.without({lost}).files] == [Outcome.READ, Outcome.VANISHED]
    assert [file.outcome for file in batch.without({"a"}).files] == [Outcome.VANISHED] * 2


def test_files_of_a_mapping_that_is_gone_or_no_longer_reads_them_are_left_for_another_batch() -> None:
    batch = Batch(1, CLOCK, (_file("a"), replace(_file("b", "b" * 64), mapping="renamed"), _file("c", "c" * 64)))
    mapping = long_mapping(files=["*"])

    assert batch.without_mapping([replace(mapping, name="renamed")]) == {"a", "c"}
    assert batch.without_mapping([replace(mapping, name="m", files=("a",))]) == {"b", "c"}

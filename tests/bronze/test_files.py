"""The ledger's decisions on landed contents."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bronze.claims import still_known
from bronze.files import Content, Known, Landed, Outcome, Prefix, admit, content_id, mappings_of, unseen
from expectations.errors import MappingError
from expectations.mapping.folder import Mappings
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import long_mapping


def _mapping(file_format: str = "jsonl", *globs: str) -> Mapping:
    return long_mapping(files=list(globs or ("*",)), format=file_format)


def _content(path: str = "a", sha: str = "new", size: int = 10, **prefixes: Prefix) -> Content:
    by_size = {int(size_[1:]): prefix for size_, prefix in prefixes.items()}
    return Content(Landed(path, size, 0), sha, by_size)


def _known(path: str = "a", sha: str = "old", size: int = 5, outcome: str = "read") -> Known:
    return Known(path, size, 0, sha, outcome, "readings", content_id(sha, "readings", ""))


def _outcomes(contents: Sequence[Content], ledger: Sequence[Known], file_format: str = "jsonl") -> dict[str, Outcome]:
    decided = admit(contents, ledger, [_mapping(file_format)])
    return {admission.content.landed.path: admission.outcome for admission in decided}


def test_a_new_content_is_read_and_its_copy_is_not() -> None:
    assert _outcomes([_content("b"), _content("a")], []) == {"a": Outcome.READ, "b": Outcome.DUPLICATE_FILE}


def test_a_content_that_the_path_had_before_is_an_arrival_of_known_bytes() -> None:
    (decided,) = admit([_content(sha="old")], [_known(), _known(sha="newer", size=9)], [_mapping()])

    assert (decided.outcome, decided.detail) == (
        Outcome.DUPLICATE_FILE, "the same content was read from this path before",
    )  # fmt: skip


def test_equal_files_of_two_mappings_are_both_read_under_ids_of_their_own() -> None:
    one, other = (replace(_mapping("jsonl", f"{name}/*"), name=name) for name in "ab")

    decided = admit([_content("a/x"), _content("b/x"), _content("b/y")], [], [one, other])

    assert [admission.outcome for admission in decided] == [Outcome.READ, Outcome.READ, Outcome.DUPLICATE_FILE]
    assert [admission.file_id for admission in decided[1:]] == [content_id("new", "b", "")] * 2
    assert decided[0].file_id != decided[1].file_id


def test_equal_files_are_both_read_where_their_paths_say_different_things() -> None:
    mapping = replace(_mapping(), path="{sensor_id}/*")

    decided = admit([_content("a/x"), _content("b/x"), _content("b/y")], [], [mapping])

    assert [admission.outcome for admission in decided] == [Outcome.READ, Outcome.READ, Outcome.DUPLICATE_FILE]
    assert len({admission.file_id for admission in decided}) == 2


def test_a_lake_of_an_older_version_knows_a_content_by_its_mapping_under_the_id_that_it_has() -> None:
    older = Known("a", 5, 0, "0123456789abcdef" * 4, "read", "readings", "0123456789abcdef")

    (same,) = admit([_content("b", older.sha256)], [older], [_mapping()])
    (other,) = admit([_content("b", older.sha256)], [older], [replace(_mapping(), name="other")])

    assert (same.outcome, same.file_id) == (Outcome.DUPLICATE_FILE, older.file_id)
    assert other.outcome == Outcome.READ


def test_a_copy_that_only_another_mapping_had_read_is_decided_again() -> None:
    sha = "0123456789abcdef" * 4
    read, lost = Known("a", 5, 0, sha, "read", "a", sha[:16]), Known("b", 5, 0, sha, "duplicate_file", "b", sha[:16])
    copy, mappings = Known("c", 5, 0, sha, "duplicate_file", "a", sha[:16]), Mappings((_mapping(),))

    assert still_known([read, lost, copy], mappings) == [read, copy]
    done = Known("b", 5, 0, sha, "read", "b", content_id(sha, "b", ""))
    assert still_known([read, lost, copy, done], mappings) == [read, lost, copy, done]


def test_what_nearly_reads_a_file_is_named() -> None:
    mapping = replace(_mapping("jsonl", "plant/*.csv"), path="{sensor_id}_*.csv")

    details = [admit([_content(path)], [], [mapping])[0].detail for path in ("plant/A.CSV", "plant/a.csv", "other")]

    assert ["differs in case only from 'plant/*.csv'" in text for text in details] == [True, False, False]
    assert ["does not fit path = '{sensor_id}_*.csv'" in text for text in details] == [False, True, False]


def test_an_accent_counts_as_part_of_its_letter_in_globs_and_names() -> None:
    composed, apart = "Pr\u00fcf", "Pru\u0308f"

    assert [
        len(mappings_of(f"{name}/x", [_mapping("jsonl", f"{glob}/*")])) == 1
        for name, glob in ((composed, apart), (apart, composed), (apart, apart))
    ] == [True] * 3


def test_a_file_that_grew_goes_on_at_the_line_that_was_not_whole() -> None:
    (decided,) = admit([_content(_5=Prefix("old", 3, 2, 0))], [_known()], [_mapping()])

    assert (decided.outcome, decided.first_byte, decided.first_line) == (Outcome.READ, 3, 2)


def test_the_longest_state_that_is_still_a_prefix_counts_after_the_file_was_replaced() -> None:
    ledger = [_known(sha="longer", size=8), _known(sha="shorter", size=4)]
    content = _content(_8=Prefix("other", 7, 3, 0), _4=Prefix("shorter", 4, 2, 0))

    (decided,) = admit([content], ledger, [_mapping()])

    assert (decided.outcome, decided.first_byte) == (Outcome.READ, 4)


@pytest.mark.parametrize(
    ("file_format", "content"),
    [
        ("jsonl", Content(Landed("a", 10, 0), "new", {5: Prefix("old", 3, 2, 0)}, is_compressed=True)),
        ("parquet", _content(_5=Prefix("old", 3, 2, 0))),
        ("csv", _content(_5=Prefix("old", 3, 2, 1))),
        ("csv", _content(_5=Prefix("old", 0, 1, 0, has_lone_cr=True))),
        ("jsonl", _content(_5=Prefix("other", 3, 2, 0))),
    ],
    ids=["compressed", "parquet", "within a quoted field", "lines that end with CR", "old part changed"],
)
def test_a_file_that_cannot_be_continued_is_read_again_whole(file_format: str, content: Content) -> None:
    assert _outcomes([content], [_known()], file_format) == {"a": Outcome.FILE_CHANGED}


def test_a_file_without_mapping_is_unmatched_until_one_fits() -> None:
    none, fits = _mapping("jsonl", "other/*"), _mapping()
    ledger = [_known(sha="x", outcome="unmatched")]

    assert [admission.outcome for admission in admit([_content()], [], [none])] == [Outcome.UNMATCHED]
    assert still_known(ledger, Mappings((none,))) == ledger
    assert still_known(ledger, Mappings((fits,))) == []


def test_a_file_that_vanished_is_judged_anew() -> None:
    assert still_known([_known(outcome="vanished")], Mappings((_mapping(),))) == []


def test_two_mappings_for_one_path_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(MappingError, match="narrow their globs"):
        mappings_of("a", [_mapping(), _mapping()])


def test_only_files_of_another_size_or_time_are_opened() -> None:
    seen, grown, touched = Landed("a", 5, 0), Landed("a", 6, 0), Landed("a", 5, 1)

    assert unseen([seen, grown, touched], [_known()]) == [grown, touched]

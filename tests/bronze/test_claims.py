"""Which mapping may read a landed file, and what waits for a mapping that has to be fixed."""

from pathlib import Path

from bronze.claims import Claims, claims, still_known
from bronze.files import Known, Landed
from expectations.mapping.folder import Mappings, RefusedMapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import long_mapping


def _mapping(*globs: str) -> Mapping:
    return long_mapping(files=list(globs))


def _refused(name: str, *globs: str) -> RefusedMapping:
    return RefusedMapping(name, Path(name), ("wrong",), globs or None)


def _claims(mappings: Mappings, *paths: str) -> Claims:
    return claims([Landed(path, 1, 0) for path in paths], mappings)


def _ready(found: Claims) -> list[str]:
    return [file.path for file in found.ready]


def test_files_of_a_refused_mapping_wait_and_the_others_are_ready() -> None:
    found = _claims(Mappings((_mapping("a/*"),), (_refused("b", "b/*"),)), "a/1", "b/1", "b/2", "c/1")

    assert _ready(found) == ["a/1", "c/1"]
    assert found.refused == {"b": ("b/1", "b/2")}


def test_where_a_refused_mapping_does_not_say_its_files_all_that_nobody_claims_wait() -> None:
    mappings = Mappings((_mapping("a/*"),), (_refused("b", "b/*"), _refused("unreadable")))

    found = _claims(mappings, "a/1", "b/1", "c/1")

    assert _ready(found) == ["a/1"]
    assert found.refused == {"b": ("b/1",), "unreadable": ("c/1",)}


def test_a_file_that_several_mappings_match_waits_alone() -> None:
    found = _claims(Mappings((_mapping("a/*"), _mapping("a/1"))), "a/1", "a/2")

    assert _ready(found) == ["a/2"]
    assert list(found.contested.values()) == [("a/1",)]


def test_a_file_that_a_usable_and_a_refused_mapping_match_waits_for_the_refused_one() -> None:
    found = _claims(Mappings((_mapping("a/*"),), (_refused("b", "a/1"),)), "a/1", "a/2")

    assert (_ready(found), found.refused) == (["a/2"], {"b": ("a/1",)})


def test_an_unmatched_file_that_a_refused_mapping_or_two_claim_is_decided_anew() -> None:
    ledger = [Known("a/1", 1, 0, "x", "unmatched")]

    assert still_known(ledger, Mappings((), (_refused("a", "a/*"),))) == []
    assert still_known(ledger, Mappings((_mapping("a/*"), _mapping("a/1")))) == []
    assert still_known(ledger, Mappings((), (_refused("unreadable"),))) == ledger

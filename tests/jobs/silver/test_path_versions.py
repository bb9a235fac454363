"""Versions of a path: one line of them, or one for each mapping where several read the same states."""

from expectations.mapping.keep import Keep
from jobs.silver.path_versions import Arrival, versions_by_path
from jobs.silver.withdrawals import places_of


def _read(mapping: str, digest: str, at: int, file_id: str = "", path: str = "p") -> Arrival:
    return Arrival(path, digest, at, mapping, at, file_id or mapping + digest, True, False, 1, None, False, 1, 0)


def _lines(*found: Arrival, touched: set[str] | None = None) -> dict[str, list[str]]:
    return {name: [one.file_id for one in some] for name, some in versions_by_path(found, touched).items()}


def test_a_mapping_that_was_renamed_goes_on_with_the_versions_of_the_path() -> None:
    assert _lines(_read("old", "A", 1), _read("new", "B", 2)) == {"p": ["oldA", "newB"]}


def test_each_of_several_mappings_that_read_one_state_has_versions_of_its_own() -> None:
    found = [_read("m", "A", 1), _read("m", "B", 2), _read("n", "A", 1), _read("n", "B", 2)]

    assert _lines(*found) == {"p (mapping m)": ["mA", "mB"], "p (mapping n)": ["nA", "nB"]}


def test_the_versions_before_another_mapping_joined_are_of_the_mapping_that_read_them() -> None:
    found = [_read("m", "A", 1), _read("m", "B", 2), _read("n", "B", 2), _read("m", "C", 3, path="q")]

    assert _lines(*found) == {"p (mapping m)": ["mA", "mB"], "p (mapping n)": ["nB"], "q": ["mC"]}
    assert _lines(*found, touched={"q"}) == {"q": ["mC"]}


def test_a_version_withdraws_what_its_own_mapping_read_and_nothing_of_the_other() -> None:
    found = [_read("m", "A", 1), _read("m", "B", 2), _read("n", "A", 1), _read("n", "B", 2)]

    places = places_of(found, {"m": Keep(withdraw=True), "n": Keep()})

    assert sorted(places) == ["mA", "mB"]
    assert {whole.file_id for some in places.values() for one in some for whole in one.whole} == {"mA", "mB"}

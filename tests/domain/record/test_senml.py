"""SenML packs: base fields are added to the fields of each record."""

from domain.record.faults import Fault
from domain.record.senml import resolved


def test_a_base_sum_is_added_to_each_sum() -> None:
    pack = [{"bn": "e", "bt": 2**30, "bs": 100, "s": 5}, {"t": 1, "s": 6.5}, {"t": 2, "v": 1}]

    found = [record for record in resolved(pack) if isinstance(record, dict)]

    assert [(record.get("s"), record.get("v")) for record in found] == [(105, None), (106.5, None), (None, 1)]


def test_a_sum_that_is_no_number_is_refused() -> None:
    (fault,) = resolved([{"n": "e", "bt": 2**30, "s": "5"}])

    assert isinstance(fault, Fault)
    assert fault.reason == "wrong_type"


def test_nothing_of_a_pack_of_a_newer_version_is_used() -> None:
    pack = [{"bn": "e", "bt": 2**30, "v": 5}, {"bver": 11, "t": 1, "v": 6}]

    found = list(resolved(pack))

    assert [one.reason for one in found if isinstance(one, Fault)] == ["wrong_type", "wrong_type"]


def test_a_label_that_must_be_understood_rejects_its_record() -> None:
    first, second = resolved([{"n": "e", "t": 2**30, "v": 5, "limit_": 4}, {"n": "e", "t": 2**30 + 1, "v": 5}])

    assert isinstance(first, Fault)
    assert "limit_" in first.detail
    assert isinstance(second, dict)


def test_a_pack_that_names_this_version_is_read() -> None:
    (found,) = resolved([{"bver": 10, "n": "e", "bt": 2**30, "v": 5}])

    assert isinstance(found, dict)
    assert found["v"] == 5

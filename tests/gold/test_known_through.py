"""Until when failures are known: from what files, paths and mappings say, never from silence."""

from datetime import UTC, datetime, timedelta

import pytest

from expectations.errors import MappingError
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from gold.known_through import Arrival, known_through

_NONE = timedelta(0)


def _mapping(name: str, **more: object) -> Mapping:
    document = {
        "feed": "failures", "files": [f"{name}/*"], "time": {"column": "at", "kind": "zoned"},
        "columns": {"machine_id": "machine", "code": "code"}, "constants": {"factory_id": "A"},
    }  # fmt: skip
    return parse_mapping(document | more, name)


def _day(day: int, month: int = 2) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def _file(mapping: str, modified: datetime, ingested: datetime | None = None, path: str = "x.jsonl") -> Arrival:
    return Arrival(path, mapping, modified, ingested or _day(1, 12))


def test_the_newest_file_says_it_less_the_delay() -> None:
    files = [_file("monthly", _day(1)), _file("monthly", _day(1, 1))]

    assert known_through(files, [_mapping("monthly")], _NONE) == _day(1)
    assert known_through(files, [_mapping("monthly")], timedelta(days=3)) == _day(29, 1)


def test_a_file_from_the_future_says_no_more_than_its_ingest() -> None:
    assert known_through([_file("monthly", _day(1, 12), _day(3))], [_mapping("monthly")], _NONE) == _day(3)


def test_silence_says_nothing() -> None:
    assert known_through([], [_mapping("monthly")], _NONE) is None


def test_a_mapping_states_it_whenever_its_file_came() -> None:
    history = _mapping("history", complete_through=_day(1))

    assert known_through([_file("history", _day(20, 5))], [history], timedelta(days=3)) == _day(1)


def test_a_path_states_it_in_the_zone_of_the_times() -> None:
    time = {"column": "at", "kind": "local", "zone": "Europe/Berlin", "repeated": "first"}
    mapping = _mapping("export", path="{complete_through:%Y%m%d}.csv", time=time)
    files = [_file("export", _day(20, 5), path=f"export/{name}.csv") for name in ("20260201", "20260301")]

    assert known_through(files, [mapping], timedelta(days=3)) == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_of_two_sources_the_slower_holds_and_a_history_does_not_hold_back() -> None:
    quick, slow = _mapping("quick"), _mapping("slow")
    history = _mapping("history", complete_through=_day(1, 1))
    files = [_file("quick", _day(20)), _file("slow", _day(5)), _file("history", _day(9))]

    assert known_through(files, [quick, slow, history], _NONE) == _day(5)
    assert known_through(files[2:], [quick, slow, history], _NONE) == _day(1, 1)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"feed": "errors", "complete_through": _day(1)}, "complete_through is for failures; feed is errors"),
        ({"path": "{complete_through}.csv"}, "write {complete_through:%Y%m%d}"),
        ({"complete_through": "2026-02-01"}, "legal: a time with Z or an offset and without quotes"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, object], words: str) -> None:
    with pytest.raises(MappingError) as refused:
        _mapping("x", **more)

    assert words in str(refused.value)

"""What a later version of a path no longer has is withdrawn: against a rule that looks at one record at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.mapping.keep import Keep
from silver.outcomes import OUTCOMES, resolve
from silver.versions import Place, Version, Versions, WholeVersion
from silver.withdrawn import withdrawn
from tests.silver.test_conflicts import SCHEMA

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = 3


@dataclass(frozen=True)
class Copy:
    """A content at a path: when it came, whether it was read whole, and by key its value (negative: faulty)."""

    path: str
    at_us: int
    is_whole: bool
    values: tuple[int | None, ...]


COPIES = st.lists(
    st.builds(
        Copy, st.sampled_from("ab"), st.integers(1, 6), st.booleans(),
        st.tuples(*[st.none() | st.integers(-1, 2)] * KEYS),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def lake(copies: list[Copy]) -> tuple[pa.Table, Versions]:
    """The records of copies, each a file of its own, and their versions."""
    rows, versions = [], dict[tuple[int, str], Version]()
    for number, one in enumerate(copies):
        whole = sorted(
            (WholeVersion(other.at_us, f"{place}", f"f{place}") for place, other in enumerate(copies)
             if other.path == one.path and other.is_whole),
            key=lambda version: (version.at_us, version.digest),
        )  # fmt: skip
        place = Place(one.path, one.at_us, f"{number}", 0, tuple(whole))
        versions[1, f"f{number}"] = Version(one.path, one.at_us, f"{number}", Keep(withdraw=True), (place,))
        for key, value in enumerate(one.values):
            if value is not None:
                rows.append(
                    {
                        "sensor_id": "S", "metric": "temperature", "measured_at": AT + timedelta(hours=key),
                        "steps": value, "machine_id": "M1", "factory_id": "F1", "_batch_id": 1,
                        "_file_id": f"f{number}", "_line": key, "_column": None,
                        "_faults": ["value_out_of_range"] if value < 0 else [], "gateway_id": None, "sequence": None,
                    }
                )  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA), versions


def by_rule(copies: list[Copy], number: int, key: int) -> str:
    """The file of the first whole later copy of its path that lacks the key; empty where none does."""
    mine = copies[number]
    later = sorted(
        ((other.at_us, f"{place}", place) for place, other in enumerate(copies)
         if other.path == mine.path and (other.at_us, f"{place}") > (mine.at_us, f"{number}")),
    )  # fmt: skip
    for _, _, place in later:
        if copies[place].is_whole and copies[place].values[key] is None:
            return f"f{place}"
    return ""


@settings(max_examples=300)
@given(COPIES)
def test_the_columns_say_what_the_rule_says_of_each_record(copies: list[Copy]) -> None:
    records, versions = lake(copies)

    found = withdrawn(records, versions)

    wanted = [
        by_rule(copies, int(file[1:]), line)
        for file, line in zip(records["_file_id"].to_pylist(), records["_line"].to_pylist(), strict=True)
    ]
    assert found.by.tolist() == wanted
    assert found.is_out.tolist() == [bool(file) for file in wanted]


@settings(max_examples=200)
@given(COPIES)
def test_what_is_withdrawn_competes_no_more(copies: list[Copy]) -> None:
    """The others are resolved as if it had never come; a faulty record stays what it is."""
    records, versions = lake(copies)
    found = withdrawn(records, versions)

    outcomes = [OUTCOMES[place].value for place in resolve(records, versions).outcomes]

    rest = records.filter(pa.array(~found.is_out))
    alone = {name: Version(one.path, one.at_us, one.digest, one.keep) for name, one in versions.items()}
    others = iter(OUTCOMES[place].value for place in resolve(rest, alone).outcomes)
    is_good = [not faults for faults in records["_faults"].to_pylist()]
    assert outcomes == [
        ("withdrawn" if good else "faulty") if out else next(others)
        for out, good in zip(found.is_out.tolist(), is_good, strict=True)
    ]


def test_a_content_of_two_paths_stays_until_both_have_withdrawn_it() -> None:
    records, _ = lake([Copy("a", 1, True, (1, 1, 1))])
    gone = WholeVersion(2, "x", "x")
    first, second = Place("a", 1, "0", 0, (gone,)), Place("b", 1, "0", 0, ())

    for places, is_out in (((first,), True), ((first, second), False), ((first, Place("b", 1, "0", 0, (gone,))), True)):
        found = withdrawn(records, {(1, "f0"): Version("a", 1, "0", Keep(withdraw=True), places)})
        assert found.is_out.tolist() == [is_out] * KEYS


def test_records_that_were_read_again_are_no_part_of_the_version_that_read_them() -> None:
    """A file grew in the midst of line 2: the grown version has lines 0 and 1 of the first content."""
    records, _ = lake([Copy("a", 1, True, (1, 1, 1))])
    whole = (WholeVersion(2, "x", "x"), WholeVersion(3, "y", "f9"))
    places = (Place("a", 1, "0", 0, whole), Place("a", 3, "y", 2, whole))

    found = withdrawn(records, {(1, "f0"): Version("a", 1, "0", Keep(withdraw=True), places)})

    assert found.by.tolist() == ["", "", "x"]

"""The history of machines, and the stream of events."""

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conflicts import machine_rank
from expectations.feeds import FEEDS
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.tables import silver
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.machine_keys import machine_key, moves_of
from silver import machine_events, machines
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

INGESTED: dict[str, Any] = {"_ingested_at": at("03-31 00:00")}
MASTER = feed_table(FEEDS["machines"])
SIMULATED = load_profile("simulated")
ORIGINS, MODELS = (None, "F0"), (None, "", "COLD", "HOT", "ä", "\U0001f525")
ATTRIBUTES = (None, '{"age_years": "7"}', '{"age_years": "8"}')
Content = tuple[str | None, str | None, str | None]
Record = tuple[str, Any, Content]
RECORDS = st.tuples(
    st.sampled_from(("M1", "M2")),
    st.sampled_from((None, at("02-01 00:00"), at("02-02 00:00"))),
    st.tuples(st.sampled_from(ORIGINS), st.sampled_from(MODELS), st.sampled_from(ATTRIBUTES)),
)


def master(*rows: dict[str, Any]) -> pa.Table:
    return arrow(MASTER, *(INGESTED | {"_line": line} | row for line, row in enumerate(rows)))


def events(rows: dict[str, list[dict[str, Any]]]) -> dict[str, pa.Table]:
    return {feed: arrow(feed_table(FEEDS[feed]), *rows.get(feed, ())) for feed in machine_events.KIND_OF_FEED}


def rank(content: Content) -> Any:
    """The device's rank of a record: the greatest wins."""
    return machine_rank(*content)


def test_each_record_of_a_machine_holds_until_the_next(tmp_path: Path) -> None:
    said = ((at("02-01 00:00"), "HOT"), (None, "COLD"), (at("02-01 00:00"), "HOT"))
    rows = [{"valid_from": time, "machine_model": model, "attributes": '{"age_years": "7"}'} for time, model in said]
    profile = small_profile(tmp_path, "[attributes.age_years]\n")

    found = machines.build(master(*rows), profile, {})

    assert found.schema == arrow_schema(silver.machines(profile))
    assert [
        (row["machine_model"], row["age_years"], row["valid_from"], row["valid_to"]) for row in found.to_pylist()
    ] == [
        ("COLD", 7.0, profile.began_at, at("02-01 00:00")),
        ("HOT", 7.0, at("02-01 00:00"), None),
    ]


def test_what_holds_of_one_machine_ends_with_no_record_of_another(tmp_path: Path) -> None:
    rows = [
        {"machine_id": name, "valid_from": at(day)} for name in ("M2", "M1") for day in ("02-03 00:00", "02-01 00:00")
    ]

    found = machines.build(master(*rows), small_profile(tmp_path), {})

    assert [(row["machine_id"], row["valid_to"]) for row in found.to_pylist()] == [
        ("M1", at("02-03 00:00")), ("M1", None), ("M2", at("02-03 00:00")), ("M2", None),
    ]  # fmt: skip


def test_one_name_in_two_factories_is_two_machines_unless_the_second_says_where_it_came_from(tmp_path: Path) -> None:
    first = {"factory_id": "F1", "valid_from": at("02-01 00:00")}
    second = {"factory_id": "F2", "valid_from": at("02-03 00:00")}
    profile = small_profile(tmp_path)

    apart, moved = (machines.build(master(first, second | more), profile, {}) for more in ({}, {"moved_from": "F1"}))

    assert apart.column("valid_to").to_pylist() == [None, None]
    assert moved.column("valid_to").to_pylist() == [at("02-03 00:00"), None]
    assert moves_of(apart) == {}
    assert moves_of(moved) == {machine_key("M1", "F2"): machine_key("M1", "F1")}


def test_of_two_models_from_one_instant_one_stands_and_one_is_set_aside(tmp_path: Path) -> None:
    profile = small_profile(tmp_path)
    for order in (("HOT", "COLD"), ("COLD", "HOT")):
        bronze = master(*({"machine_model": model, "valid_from": at("02-01 00:00")} for model in order))

        assert [row["machine_model"] for row in machines.build(bronze, profile, {}).to_pylist()] == ["HOT"]
        (aside,) = machines.quarantine(bronze, profile, {}).to_pylist()
        assert (aside["code"], aside["_faults"], aside["feed"]) == ("COLD", ["conflicting_value"], "machines")


@given(st.lists(RECORDS, max_size=12), st.randoms(use_true_random=False))
def test_of_several_contents_the_last_stands_whatever_the_order_and_the_others_are_set_aside(
    records: list[Record], chance: Any
) -> None:
    said: dict[tuple[str, Any], list[Content]] = defaultdict(list)
    for machine, since, content in records:
        said[machine, since or SIMULATED.began_at].append(content)
    best = {key: max(contents, key=rank) for key, contents in said.items()}
    names = ("moved_from", "machine_model", "attributes")
    rows = [
        {"machine_id": one, "valid_from": since, **dict(zip(names, content, strict=True))}
        for one, since, content in records
    ]
    chance.shuffle(rows)
    bronze = master(*rows)

    found = machines.build(bronze, SIMULATED, {}).to_pylist()
    aside = machines.quarantine(bronze, SIMULATED, {}).to_pylist()

    stands = {
        (row["machine_id"], row["valid_from"]): (row["moved_from"], row["machine_model"], row["age_years"])
        for row in found
    }
    assert stands == {key: (*content[:2], age(content[2])) for key, content in best.items()}
    assert [*stands] == sorted(stands)
    assert len(found) == len(best)
    lost = [content for key, contents in said.items() for content in contents if content != best[key]]
    set_aside = [(None, row["code"], row["detail"]) for row in aside]
    assert sorted(set_aside, key=rank) == sorted(((None, *content[1:]) for content in lost), key=rank)
    assert all(row["_faults"] == ["conflicting_value"] for row in aside)


def age(attributes: str | None) -> float | None:
    return None if attributes is None else float(json.loads(attributes)["age_years"])


def test_a_record_of_an_impossible_time_is_set_aside_and_says_what_else_is_wrong_with_it(tmp_path: Path) -> None:
    early, late = at("01-01 00:00").replace(year=2024), at("03-31 00:11")
    bronze = master(
        {"valid_from": early}, {"valid_from": late, "machine_model": "A"}, {"valid_from": late, "machine_model": "B"},
        {"valid_from": at("03-31 00:10")},
    )  # fmt: skip
    profile = small_profile(tmp_path)

    found = machines.build(bronze, profile, {}).to_pylist()
    aside = machines.quarantine(bronze, profile, {})

    assert [row["valid_from"] for row in found] == [at("03-31 00:10")]
    assert aside.schema == arrow_schema(silver.EVENTS_QUARANTINE)
    assert sorted((row["stated_at"], row["code"] or "", *row["_faults"]) for row in aside.to_pylist()) == [
        (early, "", "clock_suspect"),
        (late, "A", "clock_suspect", "conflicting_value"),
        (late, "B", "clock_suspect"),
    ]


def test_a_record_ahead_of_its_file_takes_nothing_from_one_that_a_later_file_brought(tmp_path: Path) -> None:
    since = at("03-31 12:00")
    bronze = master(
        {"valid_from": since, "machine_model": "A"},
        {"valid_from": since, "machine_model": "A", "_ingested_at": since},
        {"valid_from": since, "machine_model": "B"},
    )
    profile = small_profile(tmp_path)

    found = machines.build(bronze, profile, {}).to_pylist()
    aside = machines.quarantine(bronze, profile, {}).to_pylist()

    assert [row["machine_model"] for row in found] == ["A"]
    assert sorted((row["code"], *row["_faults"]) for row in aside) == [
        ("A", "clock_suspect", "conflicting_value"), ("B", "clock_suspect"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "text", "number"),
    [
        ('{"age": "7.5"}', "7.5", 7.5),
        ('{"age": 7}', "7", 7.0),
        ('{"age": 1e3}', "1000.0", 1000.0),
        ('{"age": " -0 "}', " -0 ", -0.0),
        ('{"age": "inf"}', "inf", math.inf),
        ('{"age": "seven"}', "seven", None),
        ('{"age": "7_0"}', "7_0", None),
        ('{"age": "\u0667"}', "\u0667", None),
        ('{"age": ""}', "", None),
        ('{"age": true}', "true", None),
        ('{"age": {"y": [1, "\u00e4"]}}', '{"y":[1,"\u00e4"]}', None),
        ('{"age": "a\tb"}', "a\tb", None),
        ('{"age": null}', None, None),
        ('{"other": "7"}', None, None),
        (r'{"age": "7\ud800"}', "7?", None),
        ('{"age": ' + "[" * 100_000 + "]" * 100_000 + "}", None, None),
        ("[7]", None, None),
        ("no JSON", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_an_attribute_is_read_from_the_object_as_text_or_number(
    tmp_path: Path, attributes: str | None, text: str | None, number: float | None
) -> None:
    bronze = master({"attributes": attributes})
    extra = '\n[attributes.age]\nlevels = ["7"]\n', "\n[attributes.age]\n"
    as_text, as_number = (small_profile(tmp_path, more) for more in extra)

    assert machines.build(bronze, as_text, {}).column("age").to_pylist() == [text]
    assert [str(one) for one in machines.build(bronze, as_number, {}).column("age").to_pylist()] == [str(number)]


def test_an_event_sent_twice_is_stored_once_by_text_and_state_and_an_impossible_one_is_set_aside(
    tmp_path: Path,
) -> None:
    told = INGESTED | {"occurred_at": at("03-01 10:00"), "code": "seal"}
    bronze = events({
        "failures": [
            told | {"detail": "a", "factory_id": "F2"}, told | {"detail": "a"}, told | {"detail": "b"}, told, told,
            told | {"detail": "b", "state": "returned"},
        ],
        "maintenance": [told | {"occurred_at": at("03-01 23:30")}],  # past midnight in Berlin
        "errors": [told | {"occurred_at": at("05-01 10:00")}],
    })  # fmt: skip
    profile = small_profile(tmp_path)

    found = machine_events.build(bronze, profile, {})
    aside = machine_events.quarantine(bronze, profile, {})

    columns = ("kind", "detail", "state", "factory_id")
    assert [tuple(row[name] for name in columns) for row in found.to_pylist()] == [
        ("failure", "b", "returned", "F1"), ("failure", "a", None, "F1"), ("failure", "b", None, "F1"),
        ("failure", None, None, "F1"), ("maintenance", None, None, "F1"), ("failure", "a", None, "F2"),
    ]  # fmt: skip
    assert [(row["feed"], row["stated_at"], row["_faults"]) for row in aside.to_pylist()] == [
        ("errors", at("05-01 10:00"), ["clock_suspect"])
    ]
    assert [str(row["local_date"]) for row in found.to_pylist()][4:] == ["2026-03-02", "2026-03-01"]
    assert found.schema == arrow_schema(silver.MACHINE_EVENTS)
    assert aside.schema == arrow_schema(silver.EVENTS_QUARANTINE)


def test_of_no_records_nothing_is_made_in_the_contracts_columns() -> None:
    profile: Profile = SIMULATED
    made = {
        silver.machines(profile): machines.build(master(), profile, {}),
        silver.MACHINE_EVENTS: machine_events.build(events({}), profile, {}),
    }
    aside = (machines.quarantine(master(), profile, {}), machine_events.quarantine(events({}), profile, {}))

    assert [(table.schema, table.num_rows) for table in made.values()] == [(arrow_schema(table), 0) for table in made]
    assert {(table.schema.to_string(), table.num_rows) for table in aside} == {
        (arrow_schema(silver.EVENTS_QUARANTINE).to_string(), 0)
    }

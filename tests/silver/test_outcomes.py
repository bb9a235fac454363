"""Outcomes: which of several records of one key wins, what repeats it, what loses, what is replaced."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from expectations.feeds import READINGS
from expectations.mapping.keep import Keep
from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import feed_table
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from silver import readings_quarantine
from silver.outcomes import OUTCOMES, Resolved, differing, resolve
from silver.readings import flag
from silver.rulebook import Rulebook
from silver.versions import Version
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

BRONZE = feed_table(READINGS)
_FOUR_MACHINES = (("M2", "F1"), ("M1", "F1"), ("M3", "F1"), ("M2", "F2"))
INGESTED = {"_ingested_at": datetime(2026, 3, 31, tzinfo=UTC)}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("plant"))


def _flagged(profile: Profile, *rows: dict[str, Any]) -> pa.Table:
    numbered = [INGESTED | {"_line": number} | row for number, row in enumerate(rows, 1)]
    return flag(arrow(BRONZE, *numbered), Rulebook(profile, {}))


def _stored(*rows: dict[str, Any]) -> pa.Table:
    return arrow(READINGS_TABLE, *({"measured_at": at("03-01 00:00")} | row for row in rows))


def _resolve(flagged: pa.Table, keep: str = "largest") -> Resolved:
    """The outcomes of records of one mapping, each file a path of its own."""
    files = zip(flagged["_batch_id"].to_pylist(), flagged["_file_id"].to_pylist(), strict=True)
    return resolve(flagged, {(batch, file): Version(file, 1, file, Keep(keep)) for batch, file in files})


def _outcomes(resolved: Resolved) -> list[str]:
    return [OUTCOMES[code].value for code in resolved.outcomes.tolist()]


def test_in_every_order_of_equal_keys_the_same_payload_wins(profile: Profile) -> None:
    payloads = [(50.0, "M1"), (60.0, "M2"), (60.0, "M1"), (50.0, "M1")]
    found = set()
    for order in itertools.permutations(payloads):
        flagged = _flagged(profile, *({"value": value, "machine_id": machine} for value, machine in order))
        outcomes = _outcomes(_resolve(flagged))
        ended = zip(order, outcomes, strict=True)
        found.add(tuple(sorted((value, machine, outcome) for (value, machine), outcome in ended)))

    assert found == {((50.0, "M1", "loses"), (50.0, "M1", "loses"), (60.0, "M1", "new"), (60.0, "M2", "new"))}


def test_the_first_record_of_the_winner_is_new_whatever_their_order(profile: Profile) -> None:
    places = [
        {"_batch_id": 1, "_file_id": "a", "_line": 2}, {"_batch_id": 1, "_file_id": "a", "_line": 3},
        {"_batch_id": 1, "_file_id": "b", "_line": 1}, {"_batch_id": 2, "_file_id": "a", "_line": 1},
    ]  # fmt: skip
    for order in itertools.permutations(range(4)):
        flagged = _flagged(profile, *({"value": 50.0} | places[number] for number in order))

        outcomes = _outcomes(_resolve(flagged))

        by_place = [outcome for _, outcome in sorted(zip(order, outcomes, strict=True))]
        assert by_place == ["new", "repeats", "repeats", "repeats"]


def test_cells_of_one_line_are_told_apart_by_their_column(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0, "_line": 1, "_column": "b"}, {"value": 50.0, "_line": 1})

    assert _outcomes(_resolve(flagged)) == ["repeats", "new"]


def test_records_differ_from_a_stored_reading_or_repeat_it(profile: Profile) -> None:
    rows = [{"value": 50.0, "sensor_id": sensor} for sensor in ("equal", "smaller", "machine", "free")]
    held = _stored(
        {"sensor_id": "equal", "steps": 5000}, {"sensor_id": "smaller", "steps": 4999},
        {"sensor_id": "machine", "steps": 5000, "machine_id": "M2"}, {"sensor_id": "other", "steps": 5000},
    )  # fmt: skip
    flagged = _flagged(profile, *rows, {"value": 999.0, "sensor_id": "smaller"})

    has_stored, differs = differing(flagged, held)

    assert has_stored.tolist() == [True, True, False, False, False]
    assert differs.tolist() == [False, True, False, False, False]
    assert _outcomes(_resolve(flagged).beside(has_stored))[0] == "repeats"


def test_one_record_that_differs_leaves_the_outcome_of_its_key_to_all(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0}, {"value": 51.0})

    assert differing(flagged, _stored({"steps": 5000}))[1].tolist() == [True, True]


def test_one_sensor_name_on_several_machines_is_several_sensors(profile: Profile) -> None:
    rows = [{"value": 50.0, "machine_id": machine, "factory_id": factory} for machine, factory in _FOUR_MACHINES]

    assert _outcomes(_resolve(_flagged(profile, *rows))) == ["new"] * len(rows)


def test_faulty_records_meet_nobody(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0}, {"value": 999.0})

    assert _outcomes(_resolve(flagged, "none")) == ["new", "faulty"]
    assert differing(flagged, _stored({"steps": 99_900}))[1].tolist() == [True, False]


def test_many_records_have_the_outcomes_that_a_plain_reading_of_the_rules_gives(profile: Profile) -> None:
    rng = random.Random(11)
    rows = [
        {"value": float(rng.randrange(50, 53)), "sensor_id": f"S{rng.randrange(6)}",
         "machine_id": f"M{rng.randrange(2)}", "factory_id": f"F{rng.randrange(2)}"}
        for _ in range(120)
    ]  # fmt: skip

    outcomes = _outcomes(_resolve(_flagged(profile, *rows)))

    seen, expected = set[tuple[str, ...]](), []
    for row in rows:
        name = _sensor(row)
        if _rank(row) != min(_rank(other) for other in rows if _sensor(other) == name):
            expected.append("loses")
        else:
            expected.append("repeats" if name in seen else "new")
            seen.add(name)
    assert outcomes == expected


def _sensor(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["sensor_id"], row["machine_id"], row["factory_id"]


def _rank(row: dict[str, Any]) -> int:
    return -int(row["value"] * 100)


def test_no_records_have_no_outcomes(profile: Profile) -> None:
    flagged = _flagged(profile)

    assert _outcomes(_resolve(flagged)) == []
    assert [flags.tolist() for flags in differing(flagged, _stored({"steps": 1}))] == [[], []]


def test_what_is_set_aside_keeps_its_own_faults_and_losers_get_theirs(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0}, {"value": 60.0}, {"value": 999.0})

    aside = readings_quarantine.build(flagged, _resolve(flagged), Rulebook(profile, {}))

    assert tuple(aside.column_names) == QUARANTINE.column_names
    assert [[row[name] for name in ("value", "_faults", "current_value")] for row in aside.to_pylist()] == [
        [50.0, ["conflicting_value"], 60.0], [999.0, ["value_out_of_range"], None],
    ]  # fmt: skip


def test_what_a_correction_replaces_is_aside_with_both_values_and_its_time(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 99.0, "_file_id": "old"}, {"value": 21.5, "_file_id": "new"})
    files = {(0, name): Version("d.csv", at_us, name) for name, at_us in (("old", 7_000_000), ("new", 9_000_000))}

    (row,) = readings_quarantine.build(flagged, resolve(flagged, files), Rulebook(profile, {})).to_pylist()

    assert (row["value"], row["_faults"], row["current_value"]) == (99.0, ["superseded"], 21.5)
    assert row["version_at"] == datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)


def test_both_values_of_an_open_conflict_are_aside_without_a_current_one(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0, "_file_id": "a"}, {"value": 60.0, "_file_id": "b"})

    aside = readings_quarantine.build(flagged, _resolve(flagged, "version"), Rulebook(profile, {})).to_pylist()

    assert [(row["value"], row["_faults"], row["current_value"]) for row in aside] == [
        (50.0, ["conflicting_value"], None), (60.0, ["conflicting_value"], None),
    ]  # fmt: skip

"""Outcomes: which of several records of one key wins, what repeats it, what loses, what is replaced."""

import itertools
import random
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from expectations.feeds import READINGS
from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import feed_table
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from silver import readings_quarantine
from silver.outcomes import OUTCOMES, Resolved, is_source_of, resolve
from silver.readings import flag
from silver.rulebook import Rulebook
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


def _outcomes(resolved: Resolved) -> list[str]:
    return [OUTCOMES[code].value for code in resolved.outcomes.tolist()]


def test_in_every_order_of_equal_keys_the_same_payload_wins(profile: Profile) -> None:
    payloads = [(50.0, "M1"), (60.0, "M2"), (60.0, "M1"), (50.0, "M1")]
    found = set()
    for order in itertools.permutations(payloads):
        flagged = _flagged(profile, *({"value": value, "machine_id": machine} for value, machine in order))
        outcomes = _outcomes(resolve(flagged, _stored()))
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

        outcomes = _outcomes(resolve(flagged, _stored()))

        by_place = [outcome for _, outcome in sorted(zip(order, outcomes, strict=True))]
        assert by_place == ["new", "repeats", "repeats", "repeats"]


def test_cells_of_one_line_are_told_apart_by_their_column(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0, "_line": 1, "_column": "b"}, {"value": 50.0, "_line": 1})

    assert _outcomes(resolve(flagged, _stored())) == ["repeats", "new"]


def test_a_stored_reading_is_repeated_replaced_or_wins(profile: Profile) -> None:
    rows = [{"value": 50.0, "sensor_id": sensor} for sensor in ("equal", "smaller", "larger", "free") for _ in range(2)]
    held = _stored(
        {"sensor_id": "equal", "steps": 5000}, {"sensor_id": "smaller", "steps": 4999},
        {"sensor_id": "larger", "steps": 5001}, {"sensor_id": "other", "steps": 5000},
    )  # fmt: skip

    resolved = resolve(_flagged(profile, *rows), held)

    assert _outcomes(resolved) == ["repeats", "repeats", "replaces", "repeats", "loses", "loses", "new", "repeats"]
    assert resolved.replaced.select(["sensor_id", "steps"]).to_pylist() == [{"sensor_id": "smaller", "steps": 4999}]


def test_one_sensor_name_on_several_machines_is_several_sensors(profile: Profile) -> None:
    rows = ({"value": 50.0, "machine_id": machine, "factory_id": factory} for machine, factory in _FOUR_MACHINES)

    resolved = resolve(_flagged(profile, *rows), _stored({"steps": 5000, "machine_id": "M2"}))

    assert _outcomes(resolved) == ["repeats", "new", "new", "new"]


def test_faulty_records_meet_nobody(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0}, {"value": 999.0})

    assert _outcomes(resolve(flagged, _stored({"steps": 99_900}))) == ["loses", "faulty"]


def test_many_records_have_the_outcomes_that_a_plain_reading_of_the_rules_gives(profile: Profile) -> None:
    rng = random.Random(11)
    rows = [
        {"value": float(rng.randrange(50, 53)), "sensor_id": f"S{rng.randrange(6)}",
         "machine_id": f"M{rng.randrange(2)}", "factory_id": f"F{rng.randrange(2)}"}
        for _ in range(120)
    ]  # fmt: skip
    held = {(f"S{n}", f"M{n % 2}", "F1"): -5100 for n in range(3)}
    stored = _stored(*({"sensor_id": name[0], "machine_id": name[1], "factory_id": name[2], "steps": -steps}
                       for name, steps in held.items()))  # fmt: skip

    outcomes = _outcomes(resolve(_flagged(profile, *rows), stored))

    seen, expected = set[tuple[str, ...]](), []
    for row in rows:
        name = _sensor(row)
        best, before = min(_rank(other) for other in rows if _sensor(other) == name), held.get(name)
        if _rank(row) != best or (before is not None and before < best):
            expected.append("loses")
        elif before == best or name in seen:
            expected.append("repeats")
        else:
            expected.append("new" if before is None else "replaces")
            seen.add(name)
    assert outcomes == expected


def _sensor(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["sensor_id"], row["machine_id"], row["factory_id"]


def _rank(row: dict[str, Any]) -> int:
    return -int(row["value"] * 100)


def test_no_records_have_no_outcomes(profile: Profile) -> None:
    resolved = resolve(_flagged(profile), _stored({"steps": 1}))

    assert (_outcomes(resolved), resolved.replaced.num_rows) == ([], 0)


def test_what_is_set_aside_keeps_its_own_faults_and_losers_get_theirs(profile: Profile) -> None:
    flagged = _flagged(profile, {"value": 50.0}, {"value": 60.0}, {"value": 999.0})

    aside = readings_quarantine.build(flagged, resolve(flagged, _stored()))

    assert tuple(aside.column_names) == QUARANTINE.column_names
    assert list(zip(aside["value"].to_pylist(), aside["_faults"].to_pylist(), strict=True)) == [
        (50.0, ["conflicting_value"]), (999.0, ["value_out_of_range"]),
    ]  # fmt: skip


def test_records_behind_a_replaced_reading_are_those_that_say_what_it_said(profile: Profile) -> None:
    flagged = _flagged(
        profile, {"value": 50.0}, {"value": 50.0, "machine_id": "M2"}, {"value": 51.0}, {"value": 122.0, "unit": "F"},
        {"value": 50.0, "measured_at": datetime(2020, 1, 1, tzinfo=UTC)},
    )  # fmt: skip
    replaced = resolve(_flagged(profile, {"value": 70.0}), _stored({"steps": 5000})).replaced

    behind = is_source_of(flagged, replaced)

    assert behind.tolist() == [True, False, False, True, False]
    assert (
        readings_quarantine.losers(flagged.filter(pa.array(behind)))["_faults"].to_pylist()
        == [["conflicting_value"]] * 2
    )

"""Labels at their boundaries, down-time, and the end of the records."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.machine_keys import NO_MOVES
from expectations.tables.silver import MACHINE_EVENTS
from gold import failure_labels
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

_ROWS = pa.schema(
    {
        "machine_id": pa.string(), "factory_id": pa.string(), "scored_at": pa.timestamp("us", "UTC"),
        "scored_date": pa.date32(),
    }
)  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows).cast(_ROWS)


def _built(
    folder: Path, times: list[str], events: tuple[dict[str, Any], ...], works: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    rows = [
        {"machine_id": "M1", "factory_id": "F1", "scored_at": at(time), "scored_date": at(time).date()}
        for time in times
    ]
    told = [{"code": "seal", "kind": "failure"} | event for event in events]
    interventions = arrow(INTERVENTIONS, *({"occurred_at": at(time), "reason": "condition_based"} for time in works))
    happened = failure_labels.Events(arrow(MACHINE_EVENTS, *told), interventions, NO_MOVES)
    built: list[dict[str, Any]] = failure_labels.build(
        _table(rows), happened, at("03-10 00:00"), small_profile(folder)
    ).to_pylist()
    return built


def _labels(folder: Path, times: list[str], *events: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    found = _built(folder, times, events)
    return {
        row["scored_at"].strftime("%m-%d %H:%M"): (row["failure_within_24h"], row["hours_to_failure"], row["is_down"])
        for row in found
    }


def test_a_failure_counts_after_t_and_up_to_t_plus_the_horizon(tmp_path: Path) -> None:
    times = ["03-02 09:00", "03-02 10:00", "03-03 09:00", "03-03 10:00", "03-04 10:00", "03-04 11:00"]

    found = _labels(tmp_path, times, {"occurred_at": at("03-03 10:00")})

    assert found == {
        "03-02 09:00": (0, None, False),
        "03-02 10:00": (1, 24.0, False),
        "03-03 09:00": (1, 1.0, False),
        "03-03 10:00": (None, None, True),
        "03-04 10:00": (None, None, True),
        "03-04 11:00": (0, None, False),
    }


def test_a_repair_ends_the_down_time_at_its_own_instant(tmp_path: Path) -> None:
    times = ["03-03 10:00", "03-03 12:00", "03-03 13:00"]
    repair = {"kind": "maintenance", "occurred_at": at("03-03 12:00")}

    found = _labels(tmp_path, times, {"occurred_at": at("03-03 10:00")}, repair)

    assert [found[time][2] for time in times] == [True, True, False]


def test_rows_whose_horizon_passes_the_end_of_the_records_have_no_label_even_before_a_known_failure(
    tmp_path: Path,
) -> None:
    times = ["03-09 00:00", "03-09 01:00", "03-09 23:00"]

    silent = _labels(tmp_path, times)
    failing = _labels(tmp_path, times, {"occurred_at": at("03-09 23:30")})

    assert [silent[time][0] for time in times] == [0, None, None]
    assert [failing[time][0] for time in times] == [1, None, None]


def _censored(folder: Path, times: list[str], *events: dict[str, Any], works: tuple[str, ...]) -> list[Any]:
    """The label of each time, or the reason of the intervention that leaves none."""
    return [row["censored_within_24h"] or row["failure_within_24h"] for row in _built(folder, times, events, works)]


def test_an_intervention_within_the_horizon_leaves_no_label_but_at_its_own_instant(tmp_path: Path) -> None:
    times = ["03-02 09:59", "03-02 10:00", "03-03 09:59", "03-03 10:00", "03-03 10:01"]

    built = _built(tmp_path, times, (), ("03-03 10:00",))

    assert [row["failure_within_24h"] for row in built] == [0, None, None, 0, 0]
    assert [row["censored_within_24h"] for row in built] == [None, "condition_based", "condition_based", None, None]


def test_a_failure_that_comes_first_is_a_failure_whatever_is_repaired_then(tmp_path: Path) -> None:
    failure = {"occurred_at": at("03-03 10:00")}

    before = _censored(tmp_path, ["03-03 09:00"], failure, works=("03-03 09:30",))
    at_once = _censored(tmp_path, ["03-03 09:00"], failure, works=("03-03 10:00",))
    behind = _censored(tmp_path, ["03-03 09:00", "03-03 10:00", "03-03 11:00"], failure, works=("03-03 12:00",))

    assert (before, at_once, behind) == (["condition_based"], [1], [1, None, None])


def test_where_failures_are_not_known_no_intervention_is_the_reason(tmp_path: Path) -> None:
    """Failures are known to 10 March: an hour before, nobody knows whether one came before the work either."""
    built = _built(tmp_path, ["03-09 00:00", "03-09 01:00"], (), ("03-09 12:00",))

    assert [row["failure_within_24h"] for row in built] == [None, None]
    assert [row["censored_within_24h"] for row in built] == ["condition_based", None]

"""Two factories' machines of one name on one gateway: two machines in state, scores, alerts, limits and events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge_bundle.format.pipeline import Limits, MachineRecord
from edge_bundle.gateway.input.records import Event, Item, Reading
from edge_bundle.gateway.input.sources import Source, Sources
from edge_bundle.gateway.scoring.machine_names import MachineNames, shown
from tests.edge_bundle.gateway.engines import Run
from tests.edge_bundle.gateway.plants import US, small_pipeline

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US


def _of(factory: str, minute: int, steps: int, sensor: str = "m1/temperature", machine: str = "m1") -> Reading:
    return Reading(sensor, "temperature", BEGIN_US + minute * MINUTE_US, machine, factory, steps)


def test_readings_of_one_sensor_name_and_time_in_two_factories_are_both_taken(tmp_path: Path) -> None:
    run = Run(tmp_path)
    items: list[Item] = [_of(factory, minute, 20_00 + 10_00 * at + minute)
                         for minute in range(12) for at, factory in enumerate(("f1", "f2"))]  # fmt: skip

    run.take(*items[:14])
    run.take(*items[14:], *items[4:6])

    assert (run.counts["accepted"], run.counts["duplicate"], run.counts["conflicting_value"]) == (24, 2, 0)
    scored = {(score["factory_id"], score["machine_id"]) for score in run.sent_scores()}
    assert scored == {("f1", "m1"), ("f2", "m1")}
    digests = {(score["factory_id"], score["scored_at"]): score["feature_digest"] for score in run.sent_scores()}
    (tmp_path / "alone").mkdir()
    alone = Run(tmp_path / "alone")
    alone.take(*items[1::2])
    assert alone.sent_scores()
    assert all(digests["f2", score["scored_at"]] == score["feature_digest"] for score in alone.sent_scores())


def test_one_sensor_name_on_two_machines_of_a_factory_is_two_sensors(tmp_path: Path) -> None:
    run = Run(tmp_path)

    run.take(_of("f1", 1, 20_00, "s1"), _of("f1", 1, 30_00, "s1", "m2"), _of("f1", 1, 30_00, "s1", "m2"))

    assert (run.counts["accepted"], run.counts["duplicate"]) == (2, 1)


def test_events_and_master_data_are_of_the_machine_of_their_factory(tmp_path: Path) -> None:
    run = Run(tmp_path)
    record = MachineRecord("m1", "f1", BEGIN_US - 10 * MINUTE_US, "a")
    first: list[Item] = [_of("f1", 0, 20_00), _of("f2", 0, 20_00)]

    run.take(*first, Event("failure", "m1", "pump", BEGIN_US, "f2"), record, replace(record, factory_id="f2"))
    run.take(Event("failure", "m1", "pump", BEGIN_US, "f1"), Event("failure", "m1", "pump", BEGIN_US, "f2"), record)

    assert (run.counts["events"], run.counts["duplicate_events"]) == (2, 1)
    assert (run.counts["machine_records"], run.counts["duplicate_machine_records"]) == (2, 1)


def test_limits_of_a_machine_hold_in_every_factory_and_alerts_have_its_plain_name(tmp_path: Path) -> None:
    small = small_pipeline()
    rule = small.metrics["temperature"]
    own = Limits(minimum=-50.0, maximum=200.0, warning_above=25.0, machine_id="m1")
    pipeline = replace(small, metrics={**small.metrics, "temperature": replace(rule, overrides=(own,))})
    run = Run(tmp_path)

    run.take(*(_of(factory, minute, 30_00) for minute in range(3) for factory in ("f1", "f2")), pipeline=pipeline)

    assert run.counts["alerts"] == 2


def test_a_plain_name_is_of_the_first_factory_also_after_a_restart() -> None:
    known = [Source("s", "temperature", "m1", "f2"), Source("s\x1fm1\x1ff1", "temperature", "m1\x1ff1", "f1")]

    names = MachineNames(known)

    assert [names.key("m1", factory) for factory in ("f2", "f1", "f3", "")] == ["m1", "m1\x1ff1", "m1\x1ff3", "m1"]
    assert [names.factory(key) for key in ("m1", "m1\x1ff1", "m9")] == ["f2", "f1", ""]
    sources = Sources()
    for number, source in enumerate(known):
        sources.put(number, source)
    stored = names.stored(_of("f1", 0, 1, "s"), sources)
    assert (stored.sensor_id, stored.machine_id) == ("s\x1fm1\x1ff1", "m1\x1ff1")
    assert (shown(stored.sensor_id), shown(stored.machine_id)) == ("s", "m1")

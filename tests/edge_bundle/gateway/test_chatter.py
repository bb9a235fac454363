"""A sensor at its limit, and many sensors at once: few files, no alert lost, none later than a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.run.live_committer import LiveWork, ThreadlessCommitter
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.state_file.space import Space
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.sender import Sender
from tests.edge_bundle.gateway.plant_files import BEGIN_S, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session

COOL, HOT = 11_900, 12_100
"""Steps of 119 and 121 C; 120 is critical."""


@contextmanager
def session_of(folder: Path, clock: VirtualClock, config: GatewayConfig | None = None) -> Iterator[Session]:
    """A live session whose commits are done at once."""
    config = config or GatewayConfig("g1", reserve_bytes=0)
    (folder / "uplink").mkdir(parents=True, exist_ok=True)
    with small_session(folder, config, clock) as (_, context):
        sender = Sender(context.outbox, FolderUplink(folder / "uplink", "g1"), None, config.batch_rows)
        reserve = Reserve(folder / ".reserve", 0)
        work = LiveWork(sender, Space(context.store, context.outbox, reserve, clock), context, None)
        yield Session(context, ThreadlessCommitter(work))


def read(session: Session, clock: VirtualClock, sensor: str, steps: int) -> None:
    """One line as `live.serve` takes it."""
    session.take([Reading(sensor, "temperature", clock.wall_us(), "m1", "f1", steps)])
    session.commit_when_due()


def alert_files(folder: Path) -> list[Path]:
    return sorted((folder / "uplink").glob("alerts-*"))


def alerts(folder: Path) -> list[str]:
    return sorted(str(record["message"]) for record in uplink_records(folder / "uplink") if record["feed"] == "alerts")


def test_two_thousand_readings_across_a_limit_are_one_alert_a_level(tmp_path: Path) -> None:
    clock = VirtualClock(BEGIN_S * US)
    with session_of(tmp_path, clock) as session:
        for number in range(2_000):
            read(session, clock, "s", HOT if number % 2 else COOL)
            clock.advance(US // 2)
        session.finish()

        said = [message for message in alerts(tmp_path) if "sensor s" in message]
        assert said == [
            "temperature of sensor s is 119, above 100.0",
            "temperature of sensor s is 121, above 120.0",
        ]
        assert len(alert_files(tmp_path)) <= 2


@pytest.mark.parametrize("per_second", [1, 50, 1_000])
def test_sensors_that_break_their_limits_one_after_another_make_a_file_a_second(
    tmp_path: Path, per_second: int
) -> None:
    clock = VirtualClock(BEGIN_S * US)
    sent_after_us: list[int] = []
    with session_of(tmp_path, clock, GatewayConfig("g1", commit_every=10**6, reserve_bytes=0)) as session:
        for number in range(60):
            read(session, clock, f"s{number}", HOT)
            sent_after_us.append(clock.monotonic_us())
            clock.advance(US // per_second)
        seconds = 60 // per_second + 1
        session.commit_when_due()
        assert len(alert_files(tmp_path)) <= seconds + 1

        clock.advance(US)
        session.commit_when_due()
        said = [message for message in alerts(tmp_path) if "is 121" in message]
        assert len(said) == 60
        assert len(alert_files(tmp_path)) <= seconds + 2


def test_the_first_critical_reading_leaves_at_once_and_the_next_within_a_second(tmp_path: Path) -> None:
    clock = VirtualClock(BEGIN_S * US)
    with session_of(tmp_path, clock) as session:
        read(session, clock, "first", HOT)
        assert len(alerts(tmp_path)) == 1

        clock.advance(US // 10)
        read(session, clock, "second", HOT)
        assert len(alerts(tmp_path)) == 1
        clock.advance(US * 9 // 10)
        session.commit_when_due()
        assert len(alerts(tmp_path)) == 2


def test_what_waits_for_its_second_is_durable(tmp_path: Path) -> None:
    """A commit in between makes the alert part of the state, though no file holds it yet."""
    clock = VirtualClock(BEGIN_S * US)
    with session_of(tmp_path, clock, GatewayConfig("g1", commit_every=1, reserve_bytes=0)) as session:
        read(session, clock, "first", HOT)
        read(session, clock, "second", HOT)

        assert len(alerts(tmp_path)) == 1
    with session_of(tmp_path, clock) as again:
        again.finish()
    assert len(alerts(tmp_path)) == 2

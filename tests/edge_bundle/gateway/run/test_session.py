"""When a session commits, sends, and drops what it could not send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import DAY_S, GatewayConfig
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.scoring.scoring import EngineContext
from tests.edge_bundle.gateway.plant_files import BEGIN_S, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session

AT_ONCE = GatewayConfig("g1", commit_s=0.0, batch_rows=1)


@contextmanager
def scored_once(folder: Path, clock: VirtualClock) -> Iterator[tuple[Session, EngineContext]]:
    """A session that has taken one reading of each of two machines, and then scored them by the clock."""
    with small_session(folder, AT_ONCE, clock) as (session, context):
        for machine in ("m1", "m2"):
            session.take([Reading(f"s-{machine}", "temperature", clock.wall_us(), machine, "f1", 2000)])
        session.commit()
        clock.advance(600 * US)
        session.engine.close_until(clock.wall_us())
        yield session, context


def evicted(context: EngineContext) -> int:
    return sum(number for name, number in context.store.counters().items() if name.startswith("evicted_"))


def test_what_waited_longer_than_it_may_is_sent_where_the_link_is_up_again(tmp_path: Path) -> None:
    clock = VirtualClock(BEGIN_S * US)
    with scored_once(tmp_path, clock) as (session, context):
        session.commit()
        waited = context.outbox.waiting()
        clock.advance(8 * DAY_S * US)
        (tmp_path / "uplink").mkdir()
        session.finish()

        assert (len(uplink_records(tmp_path / "uplink")), context.outbox.waiting()) == (waited, 0)
        assert evicted(context) == 0


def test_what_is_too_old_and_cannot_be_sent_is_dropped_but_for_the_begun_batch(tmp_path: Path) -> None:
    clock = VirtualClock(BEGIN_S * US)
    with scored_once(tmp_path, clock) as (session, context):
        session.commit()
        waited = context.outbox.waiting()
        clock.advance(8 * DAY_S * US)
        session.finish()

        assert (evicted(context), context.outbox.waiting()) == (waited - 1, 1)


def test_what_the_clock_alone_had_scored_is_lasting_and_sent_without_a_next_record(tmp_path: Path) -> None:
    with scored_once(tmp_path, VirtualClock(BEGIN_S * US)) as (session, context):
        (tmp_path / "uplink").mkdir()
        session.commit_when_due()

        scored = [record for record in uplink_records(tmp_path / "uplink") if record["feed"] == "edge_scores"]
        assert (len(scored), context.outbox.waiting(), context.store.counters()["scores"]) == (2, 0, 2)


def test_what_waits_is_tried_again_while_the_input_is_silent(tmp_path: Path) -> None:
    with scored_once(tmp_path, VirtualClock(BEGIN_S * US)) as (session, context):
        session.commit()
        waited = context.outbox.waiting()
        (tmp_path / "uplink").mkdir()
        session.commit_when_due()

        assert (len(uplink_records(tmp_path / "uplink")), context.outbox.waiting()) == (waited, 0)

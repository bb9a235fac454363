"""What an uplink promises, of files and in memory; and that a gateway loses and doubles nothing where one fails."""

from __future__ import annotations

import gzip
import logging
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.run.commits import live_commits
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.state_file.reserve import Reserve
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.sender import Sender
from edge_bundle.gateway.uplink.uplink import Batch, Uplink, UplinkError
from tests.edge_bundle.gateway.plant_files import BEGIN_S
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_session
from tests.edge_bundle.gateway.uplink.recorder import (
    Failing,
    Recorder,
    breaks_after_delivering,
    breaks_half_way,
    is_full,
    refuses,
)
from tests.support.waiting import PATIENCE_S

BATCH = Batch("alerts", 7, 9)
LINES = [b'{"sequence":7}', b'{"sequence":8}', b'{"sequence":9}']


@pytest.fixture(params=["folder", "memory"])
def uplink(request: pytest.FixtureRequest, tmp_path: Path) -> Uplink:
    return FolderUplink(tmp_path, "g1") if request.param == "folder" else Recorder()


def delivered(uplink: Uplink) -> list[tuple[bytes, ...]]:
    """What is at the other end, batch after batch."""
    if isinstance(uplink, Recorder):
        return list(uplink.batches.values())
    assert uplink.medium is not None
    files = sorted(uplink.medium.glob("*.jsonl.gz"))
    return [tuple(gzip.decompress(file.read_bytes()).splitlines()) for file in files]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Three alerts and five scores wait."""
    store = Store(tmp_path / "state.sqlite", "g1", "small")
    found = Outbox(store, "g1", VirtualClock(0))
    for feed in ["alerts"] * 3 + ["edge_scores"] * 5:
        found.add(feed, {}, 0)
    store.commit()
    yield found
    store.close()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond this, as on a medium that becomes full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_batch_is_delivered_whole_and_a_repeat_counts_once(uplink: Uplink) -> None:
    names = [uplink.deliver(BATCH, LINES) for _ in range(3)]

    assert delivered(uplink) == [tuple(LINES)]
    assert len(set(names)) == 1


def test_two_batches_of_the_same_numbers_in_two_feeds_are_two(uplink: Uplink) -> None:
    uplink.deliver(BATCH, LINES)
    uplink.deliver(Batch("edge_scores", 7, 9), LINES)

    assert delivered(uplink) == [tuple(LINES)] * 2


def test_a_medium_that_fills_half_way_holds_no_part_of_a_batch(tmp_path: Path) -> None:
    lines = [b'{"sequence":%d,"text":"%s"}' % (at, sha256(b"%d" % at).hexdigest().encode()) for at in range(2000)]

    with largest_file(4096), pytest.raises(UplinkError) as failed:
        FolderUplink(tmp_path, "g1").deliver(BATCH, lines)

    assert list(tmp_path.iterdir()) == []
    assert (failed.value.is_full, failed.value.is_transient) == (True, True)


@pytest.mark.parametrize(("place", "is_transient"), [("absent", True), ("a file", False)])
def test_an_error_of_the_folder_says_whether_it_may_pass(tmp_path: Path, place: str, is_transient: bool) -> None:
    folder = tmp_path / "up"
    if place == "a file":
        folder.write_text("a file where a folder should be")

    with pytest.raises(UplinkError, match="up") as failed:
        FolderUplink(folder, "g1").deliver(BATCH, LINES)

    assert (failed.value.is_transient, failed.value.is_full) == (is_transient, False)


@pytest.mark.parametrize("at", [{0}, {1}, {0, 1, 2}, {1, 3}], ids=str)
@pytest.mark.parametrize("fail", [breaks_half_way, breaks_after_delivering, is_full, refuses], ids=lambda f: f.__name__)
def test_every_record_arrives_once_whatever_fails(outbox: Outbox, fail: object, at: set[int]) -> None:
    there = Recorder()
    uplink = Failing(there, fail, at)  # type: ignore[arg-type]  # one of the four above
    sender = Sender(outbox, uplink, None, 2)

    failures = 0
    for _ in range(10):
        sender.send()
        failures += sender.error is not None

    assert failures == len(at)
    assert sorted(int(record["sequence"]) for record in there.records()) == list(range(1, 9))
    assert outbox.waiting() == 0


def test_a_failed_batch_is_begun_again_with_the_same_records_though_more_wait(outbox: Outbox) -> None:
    there = Recorder()
    sender = Sender(outbox, Failing(there, breaks_after_delivering, {0}), None, 100)

    sender.send()
    outbox.add("alerts", {}, 0)
    outbox._store.commit()
    sender.send()

    assert [(batch.first, batch.last) for batch in there.calls] == [(1, 3), (1, 3), (9, 9), (4, 8)]


def test_only_alerts_may_use_the_space_set_aside(outbox: Outbox, tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / ".reserve", 8192)
    reserve.make()
    there = Recorder()

    Sender(outbox, Failing(there, is_full, {0, 2}), reserve, 100).send()

    assert [batch.feed for batch in there.batches] == ["alerts"]
    assert not reserve.is_made()
    assert outbox.waiting() == 5


def test_what_a_person_must_fix_is_an_error_in_the_log(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(outbox, Failing(Recorder(), refuses, {0, 1}), None, 100)

    sender.send()
    sender.send()

    [record] = caplog.records
    assert (record.levelno, sender.error) == (logging.ERROR, "the broker does not know this gateway")
    assert "8 records wait" in record.getMessage()


def test_an_error_that_is_none_of_an_uplink_is_not_hidden_and_costs_no_record(outbox: Outbox) -> None:
    def broken(*_: object) -> str:
        raise ValueError("a fault in the uplink's own code")

    there = Recorder()
    with pytest.raises(ValueError, match="own code"):
        Sender(outbox, Failing(there, broken, {1}), None, 2).send()
    Sender(outbox, there, None, 2).send()

    assert sorted(int(record["sequence"]) for record in there.records()) == list(range(1, 9))


class Blocked(Recorder):
    """An uplink that takes as long as the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may_end = threading.Event(), threading.Event()

    def deliver(self, batch: Batch, lines: object) -> str:
        self.began.set()
        assert self.may_end.wait(PATIENCE_S)
        return super().deliver(batch, lines)  # type: ignore[arg-type]  # as given


def test_no_decision_waits_for_a_slow_uplink(tmp_path: Path) -> None:
    clock, uplink = VirtualClock(BEGIN_S * US), Blocked()
    config = GatewayConfig("g1", commit_s=0.0, alert_s=0.0, send_s=0.0, reserve_bytes=0)
    with small_session(tmp_path, config, clock) as (_, context):
        session = Session(context, live_commits(context, uplink, is_acknowledging=False).committer)
        for number in range(3):
            clock.advance(US)
            hot = Reading(f"s{number}", "temperature", clock.wall_us(), "m1", "f1", 13_000)
            session.take([hot])
            session.commit_when_due()
            assert uplink.began.wait(PATIENCE_S)
        decided, arrived = session.engine.counts["alerts"], len(uplink.batches)
        uplink.may_end.set()
        session.finish()

    assert (decided, arrived) == (2, 0)
    assert len([record for record in uplink.records() if record["feed"] == "alerts"]) == 3

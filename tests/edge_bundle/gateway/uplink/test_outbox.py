from __future__ import annotations

import fnmatch
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.uplink.folder import FolderUplink
from edge_bundle.gateway.uplink.outbox import Outbox
from edge_bundle.gateway.uplink.sender import Sender
from edge_bundle.gateway.uplink.uplink import Batch
from expectations.mapping.file import UPLINK, load_mapping
from tests.edge_bundle.gateway.plant_files import uplink_records

SAME_INSTANT = "2026-01-01T00:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.sqlite", "g1", "small")
    yield opened
    opened.close()


def filled(
    store: Store,
    scores: int,
    alerts: int = 0,
    created_us: int = 0,
    fields: dict[str, str] | None = None,
    clock: VirtualClock | None = None,
) -> Outbox:
    outbox = Outbox(store, "g1", clock or VirtualClock(0))
    for feed, count in (("edge_scores", scores), ("alerts", alerts)):
        for _ in range(count):
            outbox.add(feed, {"scored_at": SAME_INSTANT, **(fields or {})}, created_us)
    store.commit()
    return outbox


def sent(outbox: Outbox, folder: Path, rows: int = 100) -> list[str]:
    """Send what waits; the names of the files."""
    folder.mkdir(exist_ok=True)
    sender = Sender(outbox, FolderUplink(folder, "g1"), None, rows)
    sender.send()
    assert sender.error is None
    return list(sender.sent)


def sequences(folder: Path) -> list[int]:
    return sorted(int(record["sequence"]) for record in uplink_records(folder))


def test_records_of_one_instant_are_all_sent_and_each_once(store: Store, tmp_path: Path) -> None:
    outbox = filled(store, scores=25)

    sent(outbox, tmp_path / "up", rows=10)

    assert sequences(tmp_path / "up") == list(range(1, 26))
    assert (outbox.waiting(), outbox.size_bytes) == (0, 0)
    assert store.counters()["sent_edge_scores"] == 25


def test_a_lost_acknowledgement_writes_the_same_file_with_the_same_bytes(store: Store, tmp_path: Path) -> None:
    outbox, folder = filled(store, scores=5), tmp_path / "up"
    folder.mkdir()
    batch = outbox.begin_batch("edge_scores", 100)
    assert batch is not None
    first = FolderUplink(folder, "g1").deliver(batch, outbox.lines(batch))
    before = (first, (folder / first).read_bytes())
    store.close()

    reopened = Store(store.path, "g1", "small")
    files = sent(filled(reopened, scores=3), folder)
    reopened.close()

    assert (files[0], (folder / files[0]).read_bytes()) == before
    assert sequences(folder) == list(range(1, 9))


def test_alerts_leave_before_scores(store: Store, tmp_path: Path) -> None:
    files = sent(filled(store, scores=3, alerts=3), tmp_path / "up", rows=2)

    assert [name.split("-")[0] for name in files] == ["alerts", "alerts", "edge_scores", "edge_scores"]


def test_nothing_is_lost_while_the_folder_cannot_be_written(store: Store, tmp_path: Path) -> None:
    outbox = filled(store, scores=4)
    (tmp_path / "up").write_text("a file where a folder should be")

    sender = Sender(outbox, FolderUplink(tmp_path / "up", "g1"), None, 10)
    sender.send()
    error = sender.error
    (tmp_path / "up").unlink()
    (tmp_path / "up").mkdir()
    sender.send()

    assert (error is None, sender.error) == (False, None)
    assert sequences(tmp_path / "up") == [1, 2, 3, 4]


def test_numbers_go_on_after_everything_was_sent_and_the_file_reopened(store: Store, tmp_path: Path) -> None:
    sent(filled(store, scores=3), tmp_path / "up")
    store.close()

    reopened = Store(store.path, "g1", "small")
    sent(filled(reopened, scores=2), tmp_path / "up")
    reopened.close()

    assert sequences(tmp_path / "up") == [1, 2, 3, 4, 5]


def test_the_first_number_of_a_state_is_the_clock_of_its_first_record(store: Store) -> None:
    outbox = filled(store, scores=2, created_us=1_700_000_000_000_000)
    later = filled(store, scores=1, created_us=1_800_000_000_000_000)

    numbers = [json.loads(line)["sequence"] for line in later.lines(Batch("edge_scores", 0, 2**62))]
    assert numbers == [1_700_000_000_000_001 + at for at in range(3)]
    assert outbox.waiting() == 3


def test_a_name_that_is_taken_by_other_content_costs_neither_file(tmp_path: Path) -> None:
    """As after two states whose clocks said the same; and again, as after a lost acknowledgement."""
    for name, scores, alerts in (("a", 3, 3), ("b", 3, 3), ("b-again", 3, 3), ("c", 3, 3)):
        one = Store(tmp_path / f"{name}.sqlite", "g1", "small")
        outbox = filled(one, scores, alerts, fields={"state": name[0]})
        sent(outbox, tmp_path / "up")
        one.close()

    files = sorted(path.name for path in (tmp_path / "up").iterdir())
    states = [record["state"] for record in uplink_records(tmp_path / "up") if record["feed"] == "edge_scores"]
    assert sorted(states) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    for feed in ("alerts", "edge_scores"):
        [pattern] = load_mapping(UPLINK / f"{feed}.toml").files
        assert len(fnmatch.filter([f"uplink/{name}" for name in files], pattern)) == 3


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    packed = []
    for name in ("a", "b"):
        one = Store(tmp_path / f"{name}.sqlite", "g1", "small")
        [file] = sent(filled(one, scores=50), tmp_path / name)
        packed.append((file, (tmp_path / name / file).read_bytes()))
        one.close()

    assert packed[0] == packed[1]
    assert json.loads(gzip.decompress(packed[0][1]).splitlines()[0]) == {
        "gateway_id": "g1",
        "scored_at": SAME_INSTANT,
        "sequence": 1,
    }


def test_what_is_too_old_is_dropped_and_counted(store: Store) -> None:
    clock = VirtualClock(10**15)
    filled(store, scores=3, clock=clock)
    clock.advance(20)
    outbox = filled(store, scores=2, clock=clock)

    dropped = outbox.evict_old(longest_us=10)

    assert (dropped, outbox.waiting(), store.counters()["evicted_edge_scores"]) == (3, 2, 3)


def test_too_many_bytes_drop_the_oldest_scores_before_any_alert(store: Store) -> None:
    outbox = filled(store, scores=10, alerts=2)
    size = outbox.size_bytes

    outbox.evict_excess(most_bytes=size // 2)

    batch = outbox.begin_batch("alerts", 100)
    assert batch is not None
    assert (batch.feed, batch.first, batch.last) == ("alerts", 11, 12)
    assert outbox.size_bytes <= size // 2
    assert store.counters().keys() == {"evicted_edge_scores", "sequence"}


def test_a_begun_batch_is_never_evicted_in_part(store: Store) -> None:
    clock = VirtualClock(10**15)
    outbox = filled(store, scores=10, clock=clock)
    batch = outbox.begin_batch("edge_scores", 4)
    assert batch is not None
    before = outbox.lines(batch)

    clock.advance(10**12)
    outbox.evict_old(longest_us=0)
    outbox.evict_excess(most_bytes=0)

    assert outbox.lines(batch) == before
    assert outbox.waiting() == 4


def test_a_state_of_another_gateway_or_plant_is_refused(store: Store) -> None:
    store.close()

    for owner in (("g2", "small"), ("g1", "other")):
        with pytest.raises(StateError, match="belongs to g1 of plant small"):
            Store(store.path, *owner)


def test_a_state_in_use_is_refused(store: Store) -> None:
    with pytest.raises(StateError, match="another gateway"):
        Store(store.path, "g1", "small")

"""What a signed bundle says of its own end is done, by the clock."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from edge_bundle.format.errors import TermError
from edge_bundle.gateway.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.service import StopSignal, run
from edge_bundle.gateway.store import Store
from edge_bundle.gateway.term import check_expiry
from tests.edge_bundle.gateway.plant_files import reading_records, write_readings
from tests.edge_bundle.gateway.plants import US, sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.support.edge_models import small_draft

MANIFEST = replace(small_draft()[0], build=7, expires_at="2026-06-01T00:00:00Z")


def clock_us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * US)


@pytest.mark.parametrize(
    "now", ["1970-01-01T00:02:00Z", "2026-05-31T23:59:59.999999Z"], ids=["no clock", "just before"]
)
def test_a_bundle_is_used_until_its_term_is_over(now: str) -> None:
    check_expiry(MANIFEST, clock_us(now))


@pytest.mark.parametrize("now", ["2026-06-01T00:00:00Z", "2026-06-01T00:00:00.500000Z", "2027-01-01T00:00:00Z"])
def test_an_expired_bundle_is_refused(now: str) -> None:
    with pytest.raises(TermError, match="expired at 2026-06-01T00:00:00Z"):
        check_expiry(MANIFEST, clock_us(now))


def test_without_an_expiry_a_bundle_never_expires() -> None:
    check_expiry(replace(MANIFEST, expires_at=None), clock_us("2999-01-01T00:00:00Z"))


def test_a_run_with_an_expired_bundle_takes_no_record(tmp_path: Path) -> None:
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", reading_records())])
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at="2026-06-01T00:00:00Z"))

    with pytest.raises(TermError):
        run(call, StopSignal(), VirtualClock(clock_us("2026-06-02T00:00:00Z")))
    assert list(call.uplink_folder.iterdir()) == []

    report = run(call, StopSignal(), VirtualClock(clock_us("2026-05-30T00:00:00Z")))
    assert report.totals["scores"] == 24


class Jump(StopSignal):
    """A clock that goes from one moment to another after the first record."""

    def __init__(self, before_us: int, after_us: int) -> None:
        super().__init__()
        self.clock, self._after_us = VirtualClock(before_us), after_us

    def __call__(self) -> bool:
        self.clock.set_wall(self._after_us)
        return False


def test_a_bundle_that_expires_while_lines_come_ends_the_run_with_all_that_was_taken(tmp_path: Path) -> None:
    records = reading_records()[:3]
    jump = Jump(clock_us("2026-05-31T23:59:00Z"), clock_us("2026-06-01T00:00:00Z"))
    call = small_call(tmp_path, [], GatewayConfig("g1", check_term_s=0.0, close_every_s=1e9))
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at="2026-06-01T00:00:00Z"))
    reader, writer = os.pipe()
    os.write(writer, b"".join(json.dumps(record).encode() + b"\n" for record in records))
    os.close(writer)

    with pytest.raises(TermError, match="expired at 2026-06-01T00:00:00Z, the clock says 2026-06-01T00:00:00Z"):
        run(call, jump, jump.clock, reader)
    os.close(reader)

    store = Store(call.state_folder / "state.sqlite", "g1", "small")
    assert store.counters()["accepted"] == 2
    store.close()


def test_a_gateway_without_a_set_clock_scores_nothing_whatever_the_term(tmp_path: Path) -> None:
    records = reading_records()
    call = small_call(tmp_path, [write_readings(tmp_path / "readings.jsonl", records)])
    call.bundle.write_bytes(sealed(small_pipeline(), expires_at="2026-06-01T00:00:00Z"))

    totals = run(call, StopSignal(), VirtualClock(clock_us("1970-01-01T00:02:00Z"))).totals

    assert totals["clock_suspect"] == len(records)
    assert "scores" not in totals

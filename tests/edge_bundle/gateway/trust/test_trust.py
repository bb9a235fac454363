"""Which bundles a device takes: a floor and a guard that only a proved bundle raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.errors import ValidityError
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust.admission import Admission, accept
from edge_bundle.gateway.trust.proof import SAVE_EVERY_US, Proof
from edge_bundle.gateway.trust.trust import (
    ROWS_NEEDED,
    SCORED_US_NEEDED,
    Candidate,
    Downgrade,
    Identity,
    Trust,
    admit,
    later_of,
    noted,
    words,
)
from edge_bundle.gateway.trust.trust_file import TrustFile
from tests.support.trust_device import NOW, OWNER, ROW, Device, bundle, confirmed, proved


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "state")


# Decisions ---------------------------------------------------------------------------------------------------------


def test_a_bundle_on_trial_raises_nothing() -> None:
    trust = admit(Trust(OWNER), bundle(9, floor=8), None, NOW)

    assert (trust.floor, trust.guard, trust.confirmed) == (0, 0, None)
    assert admit(trust, bundle(3), None, NOW).candidate == Candidate(bundle(3))


@pytest.mark.parametrize(
    ("rows", "scored_us"), [(ROWS_NEEDED - 1, 10 * SCORED_US_NEEDED), (10 * ROWS_NEEDED, SCORED_US_NEEDED - 1)]
)
def test_rows_and_time_are_both_needed(rows: int, scored_us: int) -> None:
    trust = noted(admit(Trust(OWNER), bundle(9, floor=8), None, NOW), rows, scored_us)

    assert trust.floor == 0
    assert trust.confirmed is None
    assert noted(trust, 1, 1).confirmed == bundle(9, floor=8)


def test_what_is_confirmed_rules_out_what_is_below_its_floor_with_and_without_an_order() -> None:
    trust = confirmed(9, floor=8)

    for order in (None, 7):
        with pytest.raises(ValidityError, match=r"build 7; .* rules out all before build 8"):
            admit(trust, bundle(7), order, NOW)


def test_going_back_needs_an_order_that_names_the_build_and_is_recorded_once() -> None:
    trust = confirmed(9, floor=5)

    with pytest.raises(ValidityError, match=r"build 7; build 9 has proved itself here.*--downgrade-to 7"):
        admit(trust, bundle(7), None, NOW)
    with pytest.raises(ValidityError, match="the order is to go back to build 6, but the bundle has build 7"):
        admit(trust, bundle(7), 6, NOW)
    back = admit(trust, bundle(7), 7, NOW)

    assert back.downgrades == (Downgrade(9, 7, NOW),)
    assert admit(back, bundle(7), 7, NOW) == back == admit(back, bundle(7), None, NOW)
    assert (back.floor, back.guard) == (5, 7)
    with pytest.raises(ValidityError, match="--downgrade-to 6"):
        admit(back, bundle(6), None, NOW)
    assert admit(back, bundle(9, 5), None, NOW).candidate == Candidate(bundle(9, 5))


def test_an_order_that_goes_forward_records_nothing() -> None:
    assert admit(confirmed(9), bundle(10), 10, NOW).downgrades == ()


def test_floors_never_fall() -> None:
    trust = proved(admit(confirmed(9, floor=8), bundle(10, floor=2), None, NOW))

    assert (trust.floor, trust.guard) == (8, 10)
    assert later_of(trust, replace(Trust(OWNER), serial=99)).floor == 8


def test_a_bundle_of_the_same_number_but_other_content_is_on_trial() -> None:
    other = Identity(9, "f" * 64, 0)

    assert admit(confirmed(9), other, None, NOW).candidate == Candidate(other)


def test_a_report_says_how_far_the_trial_is() -> None:
    assert words(confirmed(9, floor=8)) == "build 9 is confirmed; floor 8"
    on_trial = noted(admit(confirmed(9, 8), bundle(10), None, NOW), 17, 3 * US)
    assert words(on_trial) == "build 10 is on trial: 17 of 1000 rows, 3 of 300 s; floor 8"


# Over runs ---------------------------------------------------------------------------------------------------------


def test_rows_and_time_are_counted_over_runs(device: Device) -> None:
    for _ in range(4):
        device.start(bundle(9, floor=8), rows=ROWS_NEEDED // 5)
    assert device.trust.confirmed is None
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED // 5)

    assert device.trust.floor == 8
    assert device.trust.confirmed == bundle(9, floor=8)


def test_time_between_runs_and_after_the_last_row_is_no_time_of_scoring(device: Device) -> None:
    device.start(bundle(9), rows=ROWS_NEEDED, every_us=1000)
    device.clock.advance(10 * SCORED_US_NEEDED)
    device.start(bundle(9), rows=2, every_us=1000)

    assert device.trust.candidate is not None
    assert device.trust.candidate.rows == ROWS_NEEDED + 2
    assert device.trust.candidate.scored_us < US * 2


def test_a_wall_clock_that_jumps_proves_nothing(device: Device) -> None:
    device.start(bundle(9), rows=ROWS_NEEDED, every_us=1000)
    device.clock.jump(10**15)
    device.start(bundle(9), rows=10, every_us=1000)

    assert device.trust.confirmed is None


@pytest.mark.parametrize(
    ("row", "scores"), [((float("nan"),) * 2, (0.5,)), (ROW, (float("inf"),)), (ROW, (0.5, float("nan")))]
)
def test_a_row_of_nothing_or_a_score_that_is_no_number_does_not_count(
    tmp_path: Path, row: Sequence[float], scores: Sequence[float]
) -> None:
    clock = VirtualClock(0)
    proof = Proof(admit(Trust(OWNER), bundle(9), None, NOW), TrustFile(tmp_path), clock, lambda _: None)
    for _ in range(2 * ROWS_NEEDED):
        clock.advance(US)
        proof.note(row, scores)

    proof.save()

    assert TrustFile(tmp_path).read() is None


def test_another_bundle_begins_a_trial_of_its_own(device: Device) -> None:
    device.start(bundle(9), rows=ROWS_NEEDED - 1)
    device.start(bundle(10), rows=ROWS_NEEDED - 1)
    device.start(bundle(9), rows=ROWS_NEEDED - 1)

    assert device.trust.confirmed is None


def test_a_kill_costs_little_progress(device: Device) -> None:
    store = Store(device.folder / "state.sqlite", "g1", "small")
    proof = accept(bundle(9), Admission(device.file, store, OWNER), device.clock)
    device.score(proof, 500, US)
    store.close()  # as if killed: nobody saves

    assert device.trust.candidate is not None
    assert device.trust.candidate.rows >= 500 - SAVE_EVERY_US // US


def test_a_card_that_takes_no_write_delays_the_proof_and_stops_nothing(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(device.folder / "state.sqlite", "g1", "small")
    proof = accept(bundle(9, floor=8), Admission(device.file, store, OWNER), device.clock)
    draft = device.folder / ".trust.json.draft"
    draft.mkdir()  # nothing can be written there

    device.score(proof, 2 * ROWS_NEEDED, US)
    assert device.trust.confirmed is None
    assert "is not written: Is a directory; it is tried again" in caplog.text
    draft.rmdir()
    device.score(proof, 60, US)
    store.close()

    assert device.trust.confirmed == bundle(9, floor=8)

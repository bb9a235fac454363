"""Clocks: what the device says of its time, and the virtual one that tests and simulators move."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_bundle.gateway.clocks.clock import BOOT_ID_FILE, FixedWallClock, SystemClock, VirtualClock
from tests.edge_bundle.gateway.plants import US

NOW_US = 1_700_000_000 * US


def test_the_devices_clock_tells_its_time_and_only_grows() -> None:
    clock = SystemClock()

    assert abs(clock.wall_us() - time.time_ns() // 1000) < 60 * US
    assert 0 < clock.monotonic_us() <= clock.monotonic_us()


@pytest.mark.skipif(not BOOT_ID_FILE.exists(), reason="this system has no boot id")
def test_two_processes_of_one_boot_have_its_id() -> None:
    source = "from edge_bundle.gateway.clocks.clock import SystemClock; print(SystemClock().boot_id())"
    other = subprocess.run([sys.executable, "-S", "-c", source], capture_output=True, text=True, check=True)

    assert SystemClock().boot_id() == other.stdout.strip() == BOOT_ID_FILE.read_text().strip()


@pytest.mark.parametrize("content", [None, b"", b"\xff"], ids=["absent", "empty", "garbage"])
def test_without_a_boot_id_each_process_is_a_boot_of_its_own(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "boot_id"
    if content is not None:
        path.write_bytes(content)

    assert SystemClock(path).boot_id() != SystemClock(path).boot_id()


def test_a_fixed_wall_clock_shows_one_instant_while_durations_grow() -> None:
    clock = FixedWallClock(NOW_US)

    assert clock.wall_us() == clock.wall_us() == NOW_US
    assert clock.monotonic_us() <= clock.monotonic_us()


def test_a_virtual_clock_moves_by_call_only() -> None:
    clock = VirtualClock(NOW_US)

    clock.advance(10 * US)
    clock.jump(-3600 * US)

    assert (clock.wall_us(), clock.monotonic_us()) == (NOW_US - 3590 * US, 10 * US)


def test_a_virtual_clock_that_drifts_goes_wrong_by_its_rate() -> None:
    clock = VirtualClock(NOW_US)

    clock.advance(1_000 * US, drift_ppm=-50)

    assert (clock.wall_us() - NOW_US, clock.monotonic_us()) == (1_000 * US - 50_000, 1_000 * US)


def test_a_reboot_starts_monotonic_time_anew_under_another_id() -> None:
    clock = VirtualClock(NOW_US, monotonic_us=5 * US)
    first = clock.boot_id()

    clock.reboot(off_us=60 * US)

    assert (clock.wall_us(), clock.monotonic_us()) == (NOW_US + 60 * US, 0)
    assert clock.boot_id() != first
    clock.reboot(wall_us=0)
    assert clock.wall_us() == 0


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="let the wall clock jump"):
        VirtualClock(NOW_US).advance(-1)

"""Clocks: what time it is, how long something took, and which start of the device this is.

Three things are asked of a clock, for none of them can be had from the others. The wall clock can jump in both
directions. The monotonic clock only grows, but starts again with the device. The boot id says whether two monotonic
times can be compared at all. Whatever needs a time is handed a `Clock`, and never asks the operating system itself.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

from edge_bundle.gateway.input.times import US

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
"""Source: Linux, Documentation/admin-guide/sysctl/kernel.rst, section random: one UUID for each boot."""


class Clock(Protocol):
    """What tells the time."""

    def wall_us(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z, as the device believes; may jump."""

    def monotonic_us(self) -> int:
        """Microseconds since an unknown moment of this boot; never falls, never jumps."""

    def boot_id(self) -> str:
        """Which start of the device this is; monotonic times of one boot id can be compared."""


def system_wall_us() -> int:
    """This device's wall clock, for what needs no other time."""
    return time.time_ns() // 1000


class SystemClock:
    """This device's clock.

    Monotonic time goes on while the device sleeps where the system can tell (CLOCK_BOOTTIME of Linux), so that sleep is
    no jump of the wall clock.
    """

    def __init__(self, boot_id_file: Path = BOOT_ID_FILE) -> None:
        """Read the boot id once; where the system has none, each process counts as a boot of its own."""
        self._monotonic = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        self._boot_id = _boot_id(boot_id_file)

    def wall_us(self) -> int:
        """As `Clock`."""
        return system_wall_us()

    def monotonic_us(self) -> int:
        """As `Clock`."""
        return time.clock_gettime_ns(self._monotonic) // 1000

    def boot_id(self) -> str:
        """As `Clock`."""
        return self._boot_id


def _boot_id(path: Path) -> str:
    try:
        found = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        found = ""
    return found or f"process-{os.urandom(16).hex()}"


class FixedWallClock(SystemClock):
    """A clock whose wall time is one instant, for the replay of a past; durations are this device's."""

    def __init__(self, wall_us: int) -> None:
        super().__init__()
        self._wall_us = wall_us

    def wall_us(self) -> int:
        """The instant that was given."""
        return self._wall_us


class VirtualClock:
    """A clock that moves by call only, for tests and simulators: hours pass at once."""

    def __init__(self, wall_us: int, monotonic_us: int = 0, boot_id: str = "boot-1") -> None:
        """Begin at these times."""
        self._wall_us, self._monotonic_us, self._boot_id = wall_us, monotonic_us, boot_id
        self._boots = 1

    def wall_us(self) -> int:
        """As `Clock`."""
        return self._wall_us

    def monotonic_us(self) -> int:
        """As `Clock`."""
        return self._monotonic_us

    def boot_id(self) -> str:
        """As `Clock`."""
        return self._boot_id

    def advance(self, by_us: int, *, drift_ppm: int = 0) -> None:
        """Let time pass; the wall clock goes wrong by `drift_ppm` microseconds a second.

        Args:
            by_us: Time that truly passes; 0 or more.
            drift_ppm: How much faster the wall clock is than time; negative for a slow one.

        Raises:
            ValueError: Time would go back.
        """
        if by_us < 0:
            raise ValueError(f"time passes by 0 microseconds or more, not by {by_us}; let the wall clock jump instead")
        self._monotonic_us += by_us
        self._wall_us += by_us + by_us * drift_ppm // US

    def jump(self, by_us: int) -> None:
        """Let the wall clock alone jump forward, or back by a negative number."""
        self._wall_us += by_us

    def set_wall(self, wall_us: int) -> None:
        """Set the wall clock alone."""
        self._wall_us = wall_us

    def reboot(self, off_us: int = 0, wall_us: int | None = None) -> None:
        """Start the device again: another boot id, monotonic time from 0.

        Args:
            off_us: How long it was without power; a clock with a battery goes on.
            wall_us: What the wall clock says after the start, where it has no battery; None for one that went on.
        """
        self._boots += 1
        self._boot_id, self._monotonic_us = f"boot-{self._boots}", 0
        self._wall_us = self._wall_us + off_us if wall_us is None else wall_us

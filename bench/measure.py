"""Clocks, memory and the machine line of the benchmarks."""

import argparse
import os
import platform
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_EVERY_S = 0.25
_RESET_PEAK = "5"  # Source: proc(5), /proc/pid/clear_refs since Linux 4.0


@dataclass(slots=True)
class Stages:
    """Seconds by stage, in the order in which the stages were first entered."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall time of the block to a stage."""
        began = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())


class _Looked(ABC):
    """Looks at some processes and their children every quarter of a second while the context is open."""

    def __init__(self, *roots: int) -> None:
        self._roots = roots
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._sampler.join()

    def _sample(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._ended.is_set()
            self._look(_family(self._roots))
            self._ended.wait(_EVERY_S)

    @abstractmethod
    def _look(self, family: set[int]) -> None:
        """Note what these processes are now."""


class PeakMemory(_Looked):
    """Peak resident memory, in bytes, of some processes and their children while the context is open.

    At each look the high-water marks (`VmHWM`) since the look before are added up, of the processes that live; the
    largest sum is an upper bound: within a quarter of a second the marks need not have been reached at the same time,
    and pages that are shared count twice.
    """

    peak_bytes = 0

    def __enter__(self) -> "PeakMemory":
        for pid in _family(self._roots):
            _high_water_since(pid)
        self._sampler.start()
        return self

    def _look(self, family: set[int]) -> None:
        self.peak_bytes = max(self.peak_bytes, sum(map(_high_water_since, family)))


class ProcessorTime(_Looked):
    """Processor seconds of some processes and their children while the context is open.

    A process that ends counts with what it had used when it was last looked at, one that no look saw not at all: of
    children that have ended the system tells only a parent that waits for them, and with what they used before.
    """

    def __enter__(self) -> "ProcessorTime":
        self._before = _ticks(_family(self._roots))
        self._used = dict(self._before)
        self._sampler.start()
        return self

    def _look(self, family: set[int]) -> None:
        self._used |= _ticks(family)

    @property
    def seconds(self) -> float:
        """Up to the last look."""
        ticks = sum(self._used.values()) - sum(self._before.values())
        return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(family: set[int]) -> dict[tuple[int, str], int]:
    """Clock ticks of each process, by number and start. Source: proc(5), fields 14, 15 and 22 of stat."""
    used = {}
    for pid in family:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            used[pid, fields[19]] = int(fields[11]) + int(fields[12])
    return used


def machine_line() -> str:
    """The machine in one line: cores, processor, memory, system."""
    model = "unknown processor"
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{cores} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}, load {load:.1f}"


def _family(roots: tuple[int, ...]) -> set[int]:
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    family = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _high_water_since(pid: int) -> int:
    """Bytes of the peak since the last call; 0 for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
                return 1024 * int(line.split()[1])
    return 0


SMALL = "the smallest sizes: shows that it runs, its figures mean nothing"


def add_work(parser: argparse.ArgumentParser) -> None:
    """Give a benchmark's command line its folder to work in."""
    parser.add_argument(
        "--work", type=work_folder, metavar="FOLDER",
        help="for files and lakes, on the medium to measure; made where missing (default: a temporary one)",
    )  # fmt: skip


def work_folder(text: str) -> Path:
    """The folder of that name, absolute, made where it is missing.

    Raises:
        argparse.ArgumentTypeError: It cannot be made, or nothing can be written there.
    """
    folder = Path(text).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        message = f"{text}: {error.strerror}; legal: a folder that can be written, or the name of one to make"
        raise argparse.ArgumentTypeError(message) from error
    return folder


def in_a_folder(description: str | None, argv: Sequence[str] | None, run: Callable[[Path, bool], None]) -> int:
    """The command line of a benchmark that needs a folder of its own: says the machine, runs, clears away.

    Args:
        description: Text of its help.
        argv: Its arguments; those of the process by default.
        run: Takes the folder, and whether the smallest sizes are asked for.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_work(parser)
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        run(Path(folder), arguments.small)
    return 0

"""The gateway, measured beside what one would write by hand, in one run: `python -m bench.gateway`.

Each process that is measured has one core, readings come from another. Wall times need an idle machine: the load is
printed first. `--full` is 10 minutes at 5,000 readings a second and 2 million stored readings; without it a minute.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.gateway_bundle import TRUSTED, sealed
from bench.gateway_feed import feed, lines, write_file
from bench.gateway_state import stored_readings
from bench.measure import SMALL, add_work, machine_line

ROOT = Path(__file__).resolve().parents[1]
_PER_SECOND, _SLOW_PER_SECOND, _DAY_S = 5_000, 1, 86_400


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    aim: str
    got: str
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long, and how much."""

    seconds: float
    slow_s: float
    stored: int
    kills: int
    flat_out: int = 300_000


_FULL = Sizes(600.0, 120.0, 2_000_000, 20)
_USUAL = Sizes(65.0, 20.0, 200_000, 5)
_SMALL = Sizes(2.0, 2.0, 1_000, 1, 5_000)


class Bench:
    """Gateways over folders of their own."""

    def __init__(self, work: Path, sizes: Sizes) -> None:
        self._work, self._sizes, self._runs = work, sizes, 0
        self.bundle, self.python_bundle = sealed(work), sealed(work, with_kernel=False)

    def words(self, folder: Path, bundle: Path | None = None) -> list[str]:
        """The gateway's arguments but for its input."""
        options = {
            "--bundle": bundle or self.bundle,
            "--trusted-key": TRUSTED,
            "--state": folder / "state",
            "--uplink": folder / "uplink",
            "--gateway-id": "g1",
        }
        return ["run", *(str(word) for pair in options.items() for word in pair)]

    def folder(self) -> Path:
        """A new folder."""
        self._runs += 1
        made = self._work / f"run-{self._runs}"
        made.mkdir()
        return made

    def probe(self, folder: Path, words: Sequence[str], stdin: int | IO[bytes]) -> "subprocess.Popen[bytes]":
        """The gateway with a stopwatch, on the first core."""
        probe = ROOT / "bench" / "gateway_probe.py"
        command = [sys.executable, "-S", "-I", str(probe), str(folder / "probe.json"), str(ROOT), *words]
        return _on_a_core(command, stdin)

    def by_hand(self, folder: Path, stdin: int | IO[bytes]) -> "subprocess.Popen[bytes]":
        """The program by hand, on the first core."""
        script = ROOT / "bench" / "gateway_by_hand.py"
        command = [sys.executable, "-S", "-I", str(script), str(folder / "probe.json"), str(folder / "state.sqlite")]
        return _on_a_core(command, stdin)

    def decisions(self) -> list[Row]:
        """From a reading's own time to its decision, commits and grid closings included; bytes written."""
        found = []
        for start in (self._live, self._live_by_hand):
            folder = self.folder()
            process = start(folder)
            feed(process, _PER_SECOND, self._sizes.seconds)
            process.communicate()
            found.append(_probed(folder))
        ours = found[0]
        a_reading = [f"{each['written_bytes'] / max(each['lines'], 1):.0f} B" for each in found]
        measured = [
            f"p50 {each['p50_us'] / 1e3:.2f}, p99 {each['p99_us'] / 1e3:.1f}, max {each['max_us'] / 1e3:.0f} ms"
            for each in found
        ]
        return [
            Row(f"decision at {_PER_SECOND}/s, {ours['lines']} readings", "p99 2, max 50 ms", *measured),
            Row("peak memory of that run", "40 MB", f"{ours['peak_kb'] / 1024:.1f} MB"),
            Row("written a reading", "200 B", *a_reading),
            Row(
                "processor at that rate",
                "",
                *(f"{each['cpu_s'] / self._sizes.seconds:.0%} of a core" for each in found),
            ),
        ]

    def slowly(self) -> list[Row]:
        """Bytes a day at one reading a second, what a start writes left out."""
        measured = []
        for start in (self._live, self._live_by_hand):
            written = []
            for seconds in (0.0, self._sizes.slow_s):
                folder = self.folder()
                process = start(folder)
                count = feed(process, _SLOW_PER_SECOND, seconds)
                process.communicate()
                written.append(_probed(folder)["written_bytes"])
            measured.append(f"{(written[1] - written[0]) / max(count, 1) * _DAY_S / 1e6:.0f} MB")
        return [Row("written a day at 1 reading/s", "", *measured)]

    def flat_out(self) -> list[Row]:
        """As fast as lines can be had, and the memory of that; from a file on standard input, and as a replay."""
        file = write_file(self._work / "readings.own.jsonl", self._sizes.flat_out, 200)
        rows = []
        for what, aim, words, bundle in (
            ("stdin", "40 MB", ["--stdin"], self.bundle),
            ("replay", "45 MB", ["--replay", str(file)], self.bundle),
            ("stdin, Python scorer", "60 MB", ["--stdin"], self.python_bundle),
        ):
            folder = self.folder()
            with file.open("rb") as stream:
                began = time.monotonic()
                self.probe(folder, [*self.words(folder, bundle), *words], stdin=stream).communicate()
                passed = time.monotonic() - began
            ours = _probed(folder)
            if what == "stdin":
                hand = self._flat_by_hand(file)
                count = self._sizes.flat_out
                got = f"{count / passed:,.0f}/s; {count / ours['cpu_s']:,.0f} a second of the processor"
                rows.append(Row("flat out, stdin", "30,000/s", got, hand))
            rows.append(Row(f"peak memory, {what}", aim, f"{ours['peak_kb'] / 1024:.0f} MB"))
        return rows

    def starts(self) -> list[Row]:
        """From the start of the process until it takes lines."""
        empty = min(self._start_s(self.folder()) for _ in range(5))
        folder = self.folder()
        stored_readings(folder, self.bundle, self._sizes.stored)
        full = min(self._start_s(folder) for _ in range(3))
        size = self.bundle.stat().st_size / 1e6
        return [
            Row(f"start, bundle of {size:.1f} MB, empty state", "0.3 s", f"{empty:.2f} s"),
            Row(f"start with {self._sizes.stored:,} stored readings", "0.5 s", f"{full:.2f} s"),
        ]

    def kills(self) -> list[Row]:
        """Readings that a kill takes with it on live input, as seconds of input."""
        worst = 0.0
        for at in range(self._sizes.kills):
            folder = self.folder()
            process = _ready(self._plain(folder))
            assert process.stdin is not None
            block = b"".join(lines(50, 200, time.time_ns() // 1000))
            sent = 0
            until = time.monotonic() + 1.0 + at * 0.037
            while time.monotonic() < until:
                process.stdin.write(block)
                process.stdin.flush()
                sent += 50
                time.sleep(50 / _PER_SECOND)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            measured = [
                json.loads(line)["acknowledged"] for line in process.stdout.read().splitlines() if line.endswith(b"}")
            ]
            worst = max(worst, (sent - measured[-1]) / _PER_SECOND)
        return [Row(f"lost at kill -9, worst of {self._sizes.kills}", "0.2 s", f"{worst:.2f} s")]

    def _live(self, folder: Path) -> "subprocess.Popen[bytes]":
        """The gateway with a stopwatch on live input, once it takes lines."""
        return _ready(self.probe(folder, [*self.words(folder), "--stdin", "--acknowledge"], stdin=subprocess.PIPE))

    def _live_by_hand(self, folder: Path) -> "subprocess.Popen[bytes]":
        return _ready(self.by_hand(folder, stdin=subprocess.PIPE))

    def _flat_by_hand(self, file: Path) -> str:
        folder = self.folder()
        with file.open("rb") as stream:
            began = time.monotonic()
            self.by_hand(folder, stdin=stream).communicate()
            return f"{self._sizes.flat_out / (time.monotonic() - began):,.0f}/s"

    def _start_s(self, folder: Path) -> float:
        began = time.monotonic()
        process = _ready(self._plain(folder))
        passed = time.monotonic() - began
        process.communicate()
        return passed

    def _plain(self, folder: Path) -> "subprocess.Popen[bytes]":
        words = [*self.words(folder), "--stdin", "--acknowledge"]
        command = [sys.executable, "-S", "-m", "edge_bundle.gateway", *words]
        return _on_a_core(command, stdin=subprocess.PIPE)


def _on_a_core(command: list[str], stdin: "int | IO[bytes]") -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["taskset", "-c", "0", *command], stdin=stdin, stdout=subprocess.PIPE, cwd=ROOT)


def _ready(process: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """The process, once it has printed its first line."""
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _probed(folder: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads((folder / "probe.json").read_text("ascii"))
    return found


def show_heading() -> None:
    """The names of the table's columns."""
    print(f"{'what':44s} {'aim':18s} {'got':44s} by hand", flush=True)


def show(rows: Sequence[Row]) -> None:
    """What a part measured, as soon as it has."""
    for row in rows:
        print(f"{row.what:44s} {row.aim:18s} {row.got:44s} {row.by_hand}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="10 minutes, 2 million stored readings")
    parser.add_argument("--small", action="store_true", help=SMALL)
    add_work(parser)
    arguments = parser.parse_args(argv)
    print(machine_line())
    sizes = _FULL if arguments.full else _SMALL if arguments.small else _USUAL
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        bench = Bench(Path(folder), sizes)
        if len(cores) > 1:
            os.sched_setaffinity(0, set(cores[1:]))  # The first one is the gateway's.
        try:
            parts = [
                bench.starts,
                bench.flat_out,
                bench.decisions,
                bench.kills,
                bench.slowly,
            ]
            show_heading()
            for part in parts:
                show(part())
        finally:
            os.sched_setaffinity(0, set(cores))
    return 0


if __name__ == "__main__":
    sys.exit(main())

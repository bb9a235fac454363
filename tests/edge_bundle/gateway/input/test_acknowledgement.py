"""A sender that keeps what is not acknowledged, and a gateway that is killed again and again: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_bundle.gateway.input.acknowledgement import Acknowledgements
from edge_bundle.gateway.input.times import format_us
from tests.edge_bundle.gateway.plant_files import Record, reading_records, settled, uplink_records
from tests.edge_bundle.gateway.plants import US
from tests.edge_bundle.gateway.runs import small_words

ROOT = Path(__file__).resolve().parents[4]
GRID_US = 300 * US
GARBAGE = [b"garbage", b"", b"[]", b'{"feed": "wishes"}', b'{"feed":"failures","machine_id":"m1"}']


def lines() -> list[bytes]:
    """Readings with repeats and conflicts, and lines that are none; all of one grid step that is still to come.

    So the clock closes nothing, however long a run takes: what is late would depend on when a gateway was killed.
    """
    begin_us = (time.time_ns() // 1000 // GRID_US + 1) * GRID_US
    times = {
        text: begin_us + at * 1000 for at, text in enumerate(sorted({r["measured_at"] for r in reading_records()}))
    }
    records = [{**record, "measured_at": format_us(times[record["measured_at"]])} for record in reading_records()]
    found = [json.dumps(record).encode() for record in records]
    rng = random.Random(4)
    for garbage in GARBAGE * 8:
        found.insert(rng.randrange(len(found)), garbage)
    return found


class Sender:
    """Starts a gateway, learns where to go on, and writes lines until it or the gateway ends."""

    def __init__(self, folder: Path, given: list[bytes]) -> None:
        self._folder, self._given = folder, given

    def run(self, kill_at: int | None) -> tuple[int, int]:
        """Send from the first line that is not durable; with `kill_at`, kill the gateway once so many are written.

        Returns:
            Exit code, and the last acknowledged position.
        """
        words = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *small_words(self._folder)]
        command = [*words, "--stdin", "--acknowledge"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdin is not None
        assert process.stdout is not None
        begin = json.loads(process.stdout.readline())["acknowledged"]
        for at, line in enumerate(self._given[begin:], start=1):
            process.stdin.write(line + b"\n")
            if at % 10 == 0:
                process.stdin.flush()
            if at == kill_at:
                process.stdin.flush()
                process.stdout.readline()  # Of some commit: the moment differs from run to run.
                process.send_signal(signal.SIGKILL)
                break
        try:
            said = process.communicate()[0]
        except BrokenPipeError:
            said = b""
        positions = [
            json.loads(line) for line in said.splitlines() if line.startswith(b'{"ack') and line.endswith(b"}")
        ]
        return process.returncode, positions[-1]["acknowledged"] if positions else begin


def totals(folder: Path) -> dict[str, int]:
    command = [sys.executable, "-S", "-m", "edge_bundle.gateway", "run", *small_words(folder), "--stdin"]
    done = subprocess.run(command, input=b"", capture_output=True, check=True, cwd=ROOT)
    found: dict[str, int] = json.loads(done.stdout)["totals"]
    return found


def sent(folder: Path) -> list[Record]:
    """Every record that was sent, once, without its number: a kill may have cost a number, never a record."""
    found = {json.dumps(record, sort_keys=True) for record in settled(uplink_records(folder / "uplink"))}
    bare = [{name: value for name, value in json.loads(text).items() if name != "sequence"} for text in found]
    return sorted(bare, key=lambda record: json.dumps(record, sort_keys=True))


def test_killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    given, rng = lines(), random.Random(os.urandom(8))
    assert Sender(tmp_path / "whole", given).run(None)[0] == 0
    sender = Sender(tmp_path / "killed", given)

    kills = 0
    while kills < 12:
        code, _ = sender.run(rng.randrange(20, 200))
        if code == 0:
            break
        kills += 1
        assert code == -signal.SIGKILL
    code, position = sender.run(None)

    assert (code, position) == (0, len(given))
    assert kills > 2
    assert totals(tmp_path / "killed") == totals(tmp_path / "whole")
    assert sent(tmp_path / "killed") == sent(tmp_path / "whole")


def test_the_position_goes_on_over_restarts_and_grows_only(tmp_path: Path) -> None:
    given = lines()[:100]
    Sender(tmp_path, given[:60]).run(None)

    code, position = Sender(tmp_path, given).run(None)

    assert (code, position) == (0, 100)


def test_a_sender_that_reads_nothing_stops_nobody() -> None:
    reader, writer = os.pipe()
    acknowledge = Acknowledgements(writer)

    for taken in range(20_000):
        acknowledge(taken)

    os.set_blocking(reader, False)
    said = os.read(reader, 1 << 20).splitlines()
    assert json.loads(said[0])["acknowledged"] == 0
    assert [json.loads(line)["acknowledged"] for line in said] == list(range(len(said)))
    os.close(reader)
    acknowledge(20_001)
    os.close(writer)


@pytest.mark.parametrize("word", ["--replay"])
def test_only_live_input_is_acknowledged(tmp_path: Path, word: str) -> None:
    words = [
        sys.executable,
        "-S",
        "-m",
        "edge_bundle.gateway",
        "run",
        *small_words(tmp_path),
        "--acknowledge",
        word,
        "x",
    ]

    done = subprocess.run(words, capture_output=True, check=False, cwd=ROOT)

    assert (done.returncode, b"--acknowledge is for --stdin" in done.stderr) == (2, True), done.stderr

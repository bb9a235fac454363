"""A gateway's whole decisions, from a due time to the stored score, in a replay of what the demo's factory sent.

`python -m bench.replay` needs a finished `make demo`, whose champion it takes; it prints the seconds of the replay and
how long single decisions took. The demo's own files stay as they are.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import machine_line
from jobs.demo.run import GRACE_S, REPLAYED, SECOND_CLOCK

_ROOT = Path(__file__).resolve().parents[1]
_AIM_US = 50_000  # the budget of one decision, for 99 of 100 (edge_bundle/gateway/config.py)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Seconds of the whole replay, and microseconds of each decision in ascending order."""

    seconds: float
    decisions_us: tuple[int, ...]

    def quantile_us(self, part: float) -> int:
        """The least time that this part of the decisions did not exceed."""
        return self.decisions_us[min(len(self.decisions_us) - 1, int(part * len(self.decisions_us)))]


def measure(demo: Path, work: Path) -> Replayed:
    """Replay the files of the demo's factory into a folder of their own.

    Raises:
        SystemExit: There is no finished demo, or the gateway failed; its messages are shown.
    """
    folders = {name: demo / name for name in ("lake", "landing", "keys")} | {"state": work / "state"}
    options = [f"--{name}={folder.absolute()}" for name, folder in folders.items()]
    uplink = work / "uplink"
    files = [str(demo / "landing" / part) for part in REPLAYED]
    command = [sys.executable, "-m", "jobs.cli", "gateway", "replay", *files, "--plant=simulated", "--json",
               f"--grace={GRACE_S}", f"--as-of={SECOND_CLOCK}", f"--uplink={uplink}", *options]  # fmt: skip
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(
            f"assay gateway replay ended with {done.returncode}; is {demo} a finished demo?\n{done.stderr}"
        )
    taken = sorted(
        json.loads(line)["latency_us"]
        for path in uplink.rglob("edge_scores-*.jsonl.gz")
        for line in gzip.decompress(path.read_bytes()).splitlines()
    )
    return Replayed(json.loads(done.stdout)["seconds"], tuple(taken))


def show(replayed: Replayed) -> None:
    """The seconds, and the times of single decisions beside their aim."""
    median, most = replayed.quantile_us(0.5), replayed.quantile_us(0.99)
    slow = sum(each > _AIM_US for each in replayed.decisions_us)
    print(
        f"replay: {replayed.seconds:.1f} s, {len(replayed.decisions_us)} decisions, {slow} of them above {_AIM_US} us"
    )
    print(f"  one decision: median {median} us, p99 {most} us (aim: at most {_AIM_US})")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", type=Path, default=Path("demo"), help="folder of a finished demo (default: demo)")
    arguments = parser.parse_args(argv)
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        show(measure(arguments.demo, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

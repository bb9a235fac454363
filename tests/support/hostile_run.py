"""Hostile bundles through a gateway's load and some rows: each is refused with a sentence, or works.

    python -m tests.support.hostile_run --count 100000 --seed 1

A worker process takes them one by one, in bounded memory. One that crashes, hangs, or meets any other error than a
refusal fails the run, and its seed is said.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import logging
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edge_bundle.format.errors import BundleError
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import GatewayError
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import Call, run
from edge_bundle.gateway.uplink.folder import FolderUplink
from tests.edge_bundle.gateway.plant_files import BEGIN_S, reading_records, write_readings
from tests.edge_bundle.gateway.plants import US, sealed, small_bundle_bytes, small_pipeline
from tests.support.edge_models import TRUSTED
from tests.support.hostile_bundles import hostile

HANG_S = 120.0
"""So long may one bundle take before it counts as a hang."""
MEMORY_BYTES = 512 * 1024 * 1024
"""So much more than at its start may a worker take."""
IN_MEMORY = Path("/dev/shm")
"""Where syncs cost nothing: what is looked for is no question of lasting."""
LONGEST_SENTENCE = 700
_FAILURES_CSV = "at,machine,what\n2020-09-13 12:31:00,m1,e1\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, and print one JSON line: how many were refused, by which error, and how many worked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.part is not None:
        return _work(args)
    command = [sys.executable, "-m", "tests.support.hostile_run", "--count", str(args.count), "--seed", str(args.seed)]
    command += ["--workers", str(args.workers)]
    workers = [
        subprocess.Popen([*command, "--part", str(part)], stdout=subprocess.PIPE, text=True)
        for part in range(args.workers)
    ]
    said = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode != 0 for worker in workers):
        ends, seeds = [worker.returncode for worker in workers], [text[-20:] for text in said]
        sys.stderr.write(f"workers ended with {ends}; their last seeds: {seeds}\n")
        return 1
    total: Counter[str] = Counter()
    for text in said:
        total.update(json.loads(text.splitlines()[-1]))
    sys.stdout.write(json.dumps(dict(sorted(total.items()))) + "\n")
    return 0


def _work(args: argparse.Namespace) -> int:
    logging.disable(logging.CRITICAL)
    bundles = (sealed(small_pipeline(), library=b""), small_bundle_bytes())
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as name:
        folder = Path(name)
        write_readings(folder / "readings.jsonl", reading_records(minutes=11)[:60])
        (folder / "failures.csv").write_text(_FAILURES_CSV)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_BYTES,) * 2)
        for seed in range(args.seed + args.part, args.seed + args.count, args.workers):
            sys.stdout.write(f"{seed}\n")
            sys.stdout.flush()
            faulthandler.dump_traceback_later(HANG_S, exit=True)
            seen[_outcome(hostile(bundles[seed % 16 == 0], seed), folder)] += 1
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(json.dumps(seen) + "\n")
    return 0


def _outcome(bundle: bytes, folder: Path) -> str:
    """The name of the error that refused it, or that it worked. Any other error ends the worker."""
    path = folder / "hostile.bundle"
    path.write_bytes(bundle)
    files = tuple(folder / name for name in ("failures.csv", "readings.jsonl"))
    for name in ("state", "uplink"):
        shutil.rmtree(folder / name, ignore_errors=True)
    config = GatewayConfig("g1", commit_every=1000)
    call = Call(path, (TRUSTED,), folder / "state", FolderUplink(folder / "uplink", config.gateway_id), config, files)
    try:
        report = run(call, StopSignal(), VirtualClock((BEGIN_S + 3600) * US))
    except (BundleError, GatewayError) as exc:
        if not 10 <= len(str(exc)) <= LONGEST_SENTENCE:
            raise AssertionError(f"{type(exc).__name__} says {len(str(exc))} characters: {str(exc)[:300]!r}") from exc
        return type(exc).__name__
    return "worked" if report.totals.get("scores") else "worked without a score"


if __name__ == "__main__":
    sys.exit(main())

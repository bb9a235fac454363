"""`assay gateway replay`: the gateway process on replayed files, in a process of its own, without the lakehouse.

It runs with nothing importable beyond the standard library, as on a device; its uplink files land below `uplink/`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from jobs.bundle import public_bytes
from jobs.edge.recording import record
from jobs.edge.sealing import kernel_folder
from jobs.keys import load_key
from jobs.runtime.errors import GateRefused, JobError, UsageError
from jobs.runtime.plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.score_machines import champions_bundle

_REFUSED, _USAGE = 3, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and as which gateway."""
    parser.add_argument("action", choices=["replay"], help="feed recorded files through a gateway")
    parser.add_argument("files", type=Path, nargs="*", help="files to replay; default: all in landing")
    parser.add_argument("--recorded", metavar="FACTORY", help="replay what silver holds of a factory, not files")
    parser.add_argument("--gateway-id", default="gateway-1", help="name of the gateway; default gateway-1")
    parser.add_argument("--uplink", type=Path, help="folder for scores and alerts; default: <landing>/uplink/<gateway>")
    parser.add_argument("--features-out", type=Path, help="write every scored vector as JSON Lines")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Replay.

    Raises:
        GateRefused: The gateway refuses the bundle.
        UsageError: There is no bundle, or a file cannot be replayed.
    """
    plant = load_plant(settings)
    bundle = champions_bundle(plant, settings)
    if bundle is None:
        raise UsageError("there is no champion's bundle; run `assay train`, `assay promote`, `assay bundle build`")
    uplink = args.uplink or settings.landing / "uplink" / args.gateway_id
    state = settings.state / "gateways" / args.gateway_id
    for folder in (uplink, state):
        folder.mkdir(parents=True, exist_ok=True)
    files = args.files or _replayable(settings.landing, uplink)
    if args.recorded:
        files = record(plant, args.recorded, state / "recorded")
    command = [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle.path),
        "--trusted-key", public_bytes(load_key(settings.keys)).hex(), "--kernel-dir", str(kernel_folder()),
        "--state", str(state), "--uplink", str(uplink), "--gateway-id", args.gateway_id,
        *(["--features-out", str(args.features_out)] if args.features_out else []),
        "--replay", *map(str, files),
    ]  # fmt: skip
    return _report(_run(command))


def _replayable(landing: Path, uplink: Path) -> list[Path]:
    found = [path for path in sorted(landing.rglob("*")) if path.is_file()]
    return [path for path in found if not path.is_relative_to(uplink.parent) and path.suffix != ".parquet"]


def _run(command: list[str]) -> dict[str, object]:
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    message = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    if done.returncode == _REFUSED:
        raise GateRefused(message, {"reasons": [message]})
    if done.returncode == _USAGE:
        raise UsageError(message)
    if done.returncode != 0:
        raise JobError(f"the gateway ended with code {done.returncode}: {message}")
    report: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


def _report(report: dict[str, object]) -> RunReport:
    totals = report["totals"]
    lines = (
        f"gateway: {report['bundle']} on {report['scorer']}: {report['golden_rows']} golden rows hold",
        f"gateway: {json.dumps(totals)}",
        f"gateway: slowest decision {report['slowest_us']} us, {report['seconds']} s",
    )
    return RunReport("gateway", changed=bool(report["files"]), lines=lines, data=report)

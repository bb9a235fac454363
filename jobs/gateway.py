"""`assay gateway replay`: the gateway process on replayed files, in a process of its own, without the lakehouse.

It runs with nothing importable beyond the standard library, as on a device; its uplink files land below `uplink/`.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

from bronze.files import mapping_of
from edge_bundle.format.pipeline import FEEDS, FORMATS
from expectations.mapping import Mapping
from jobs.bundle import public_bytes
from jobs.edge.recording import record
from jobs.edge.sealing import kernel_folder
from jobs.keys import load_key
from jobs.runtime.errors import GateRefused, JobError, UsageError
from jobs.runtime.landing import locate, scan
from jobs.runtime.plant import Plant, load_plant
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
    uplink = (args.uplink or settings.landing / "uplink" / args.gateway_id).absolute()
    state = settings.state / "gateways" / _short_name(uplink)
    files = _files(args, plant, settings.landing, state)
    command = [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle.path),
        "--trusted-key", public_bytes(load_key(settings.keys)).hex(), "--kernel-dir", str(kernel_folder()),
        "--state", str(state), "--uplink", str(uplink), "--gateway-id", args.gateway_id,
        *(["--features-out", str(args.features_out.absolute())] if args.features_out else []),
        "--replay", *(str(path.absolute()) for path in files),
    ]  # fmt: skip
    return _report(_run(command))


def _short_name(uplink: Path) -> str:
    """What a gateway has sent lies in its uplink folder, so its state is that folder's and no other's."""
    return hashlib.sha256(str(uplink).encode()).hexdigest()[:16]


def _files(args: argparse.Namespace, plant: Plant, landing: Path, state: Path) -> list[Path]:
    """The files to replay.

    Raises:
        UsageError: One is not there, or there is none.
    """
    if args.recorded:
        return record(plant, args.recorded, state / "recorded")
    absent = [path for path in args.files if not path.is_file()]
    if absent:
        raise UsageError(f"{absent[0]} is no file that can be replayed")
    files = args.files or replayable(plant, landing)
    if not files:
        raise UsageError(f"nothing in {landing} that a gateway of plant {plant.profile.name} could replay; name files")
    return files


def replayable(plant: Plant, landing: Path) -> list[Path]:
    """Landed files that a source of the bundle reads, by name; what gateways sent back is none of them."""
    names = [landed.path for landed in scan(landing)]
    return [locate(landing, name) for name in names if _is_replayable(mapping_of(name, plant.mappings))]


def _is_replayable(mapping: Mapping | None) -> bool:
    return mapping is not None and mapping.feed.name in FEEDS and mapping.format in FORMATS


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

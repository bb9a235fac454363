"""`assay gateway replay|zipapp`: the gateway process on replayed files, or as one file to copy to a device.

A replay is a process of its own that has nothing importable beyond the standard library, as on a device; its uplink
files land below `uplink/`. The replay's clock stands still at `--as-of`: readings are judged by it, and what waits in
the outbox ages by it.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobs.commands.bundle import public_bytes
from jobs.commands.keys import load_key
from jobs.commands.score import champions_bundle
from jobs.edge.landed_files import named, replayable, unpacked
from jobs.edge.recording import record
from jobs.runtime.child import run_child
from jobs.runtime.load_plant import load_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused, JobError, UsageError
from lakehouse.plant import Plant

ZIPAPP = Path("assay-gateway.pyz")
ON_DEVICE = f"python3 -S -I {ZIPAPP} run --help"
_REFUSED, _USAGE = 3, 2
_UNPACKED, _RECORDED = "unpacked", "recorded"  # folders of a replay's state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and as which gateway; where the one file goes."""
    parser.add_argument(
        "action", choices=["replay", "zipapp"],
        help="feed recorded files through a gateway; write the gateway as one file for devices",
    )  # fmt: skip
    parser.add_argument(
        "files", type=Path, nargs="*", help="replay: files, or folders in landing; default: all of landing"
    )
    parser.add_argument("--out", type=Path, default=ZIPAPP, metavar="FILE", help=f"zipapp: default {ZIPAPP}")
    parser.add_argument("--recorded", metavar="FACTORY", help="replay what silver holds of a factory, not files")
    parser.add_argument("--grace", type=int, default=0, metavar="SECONDS",
        help="replay: score a time once a reading this much later has come; late ones fit in; default 0")  # fmt: skip
    parser.add_argument("--gateway-id", default="gateway-1", help="name of the gateway; default gateway-1")
    parser.add_argument("--uplink", type=Path, help="folder for scores and alerts; default: <landing>/uplink/<gateway>")
    parser.add_argument("--features-out", type=Path, help="write every scored vector as JSON Lines")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Replay, or write the gateway as one file.

    Raises:
        GateRefused: The gateway refuses the bundle.
        UsageError: There is no bundle, a file cannot be replayed, or the one file cannot be written.
    """
    return zipapp(args) if args.action == "zipapp" else replay(args, settings)


def zipapp(args: argparse.Namespace) -> RunReport:
    """The gateway as one file, by the same source the same bytes; nothing is written where it stands already."""
    from edge_bundle.compiler.gateway_zipapp import gateway_zipapp, write_gateway_zipapp

    if args.files:
        raise UsageError(f"got {args.files[0]}; zipapp takes no files, --out says where the one file goes")
    data, path = gateway_zipapp(), args.out
    try:
        changed = not path.is_file() or path.read_bytes() != data
        if changed:
            write_gateway_zipapp(path)
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}; --out names a file in a folder that can be written") from exc
    digest = hashlib.sha256(data).hexdigest()
    lines = (
        f"gateway: {path}: {len(data):,} bytes, sha256 {digest[:16]}; it needs Python 3.9 or newer and nothing else",
        f"gateway: copy it with a bundle, which brings the device's scoring library, and run: {ON_DEVICE}",
    )
    return RunReport("gateway", changed=changed, lines=lines, data={"path": path, "bytes": len(data), "sha256": digest})


def replay(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Feed files through a gateway process."""
    plant = load_plant(settings)
    bundle = champions_bundle(plant, settings)
    if bundle is None:
        raise UsageError("there is no champion's bundle; run `assay train`, `assay promote`, `assay bundle build`")
    uplink = (args.uplink or settings.landing / "uplink" / args.gateway_id).absolute()
    state = settings.state / "gateways" / _short_name(uplink)
    command = [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle.path),
        "--trusted-key", public_bytes(load_key(settings.keys)).hex(),
        "--state", str(state), "--uplink", str(uplink), "--gateway-id", args.gateway_id,
        # Which version is champion was decided in the registry; going back to one is no accident here.
        "--downgrade-to", str(bundle.bundle.manifest.build), "--as-of", args.as_of.isoformat(),
        "--grace-s", str(args.grace),
        *(["--features-out", str(args.features_out.absolute())] if args.features_out else []),
    ]  # fmt: skip
    with _copies(state), tempfile.NamedTemporaryFile(prefix="assay-replay-") as names:
        files = _files(args, plant, settings.landing, state)
        names.writelines(os.fsencode(path.absolute()) + b"\0" for path in files)
        names.flush()
        return _report(_run([*command, "--files-from", names.name]))


@contextmanager
def _copies(state: Path) -> Iterator[None]:
    """Copies that a replay writes are as large as what it replays: they go with it, a killed one's go before."""
    folders = [state / name for name in (_UNPACKED, _RECORDED)]
    try:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        yield
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _short_name(uplink: Path) -> str:
    """What a gateway has sent lies in its uplink folder, so its state is that folder's and no other's."""
    return hashlib.sha256(str(uplink).encode()).hexdigest()[:16]


def _files(args: argparse.Namespace, plant: Plant, landing: Path, state: Path) -> list[Path]:
    """The files to replay.

    Raises:
        UsageError: One is not there, or there is none.
    """
    if args.recorded:
        show(f"writing out what silver holds of {args.recorded}")
        return record(plant, args.recorded, state / _RECORDED)
    files = named(args.files, plant, landing) if args.files else replayable(plant, landing)
    if not files:
        raise UsageError(f"nothing in {landing} that a gateway of plant {plant.profile.name} could replay; name files")
    return unpacked(files, state / _UNPACKED)


def _run(command: list[str]) -> dict[str, Any]:
    done = run_child(command)
    message = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    if done.returncode == _REFUSED:
        raise GateRefused(message, {"reasons": [message]})
    if done.returncode == _USAGE:
        raise UsageError(message)
    if done.returncode != 0:
        raise JobError(f"the gateway ended with code {done.returncode}: {message}")
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


def _report(report: dict[str, Any]) -> RunReport:
    totals = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in report["totals"].items())
    lines: tuple[str, ...] = (
        f"gateway: {report['bundle']} on {report['scorer']}: {report['golden_rows']} golden rows hold",
        f"gateway: {totals}",
        f"gateway: slowest decision {report['slowest_us']:,} us, {report['over_budget']:,} beyond their budget, "
        f"{report['seconds']:.1f} s",
    )
    if report["expired_at"] is not None:
        ended = f"gateway: the bundle expired at {report['expired_at']}: nothing was scored; build a newer one"
        lines = (*lines, ended)
    return RunReport("gateway", changed=bool(report["files"]), lines=lines, data=report)

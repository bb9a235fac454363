"""A gateway process on replayed files.

A replay is a process of its own that has nothing importable beyond the standard library, as on a device; its uplink
files are written below `uplink/`. The replay's clock does not move from the time that is given: readings are checked
against it, and what waits in the outbox ages by it.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.edge.champion import champions_bundle
from jobs.edge.landed_files import named, replayable, unpacked
from jobs.edge.recording import record
from jobs.edge.signing import load_key
from jobs.runtime.child import run_child
from jobs.runtime.load_plant import load_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved
from lakehouse.errors import GateRefused, JobError, UsageError
from lakehouse.plant import Plant
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

_REFUSED, _USAGE = 3, 2
_UNPACKED, _RECORDED = "unpacked", "recorded"  # folders of a replay's state


@dataclass(frozen=True, slots=True)
class Replay:
    """What a person asks of a replay.

    Attributes:
        as_of: The gateway's clock.
        gateway_id: Its name.
        files: Files, or folders in landing; none: all of landing.
        recorded: Factory of which silver's readings are replayed, instead of files.
        grace_s: A time is scored once a reading this many seconds later has come.
        uplink: Folder for scores and alerts; None: below landing, by the gateway's name.
        features_out: File for every scored vector, as JSON Lines.
    """

    as_of: datetime
    gateway_id: str
    files: Sequence[Path] = ()
    recorded: str | None = None
    grace_s: int = 0
    uplink: Path | None = None
    features_out: Path | None = None


def replay(settings: Settings, asked: Replay) -> RunReport:
    """Feed files through a gateway process.

    Raises:
        GateRefused: The gateway refuses the bundle.
        UsageError: There is no bundle, or a file cannot be replayed.
    """
    plant = load_plant(settings)
    bundle = champions_bundle(plant, settings)
    if bundle is None:
        raise UsageError("there is no champion's bundle; run `assay train`, `assay promote`, `assay bundle build`")
    uplink = (asked.uplink or settings.landing / "uplink" / asked.gateway_id).absolute()
    state = settings.state / "gateways" / _short_name(uplink)
    command = [*_command(settings, asked, bundle), "--state", str(state), "--uplink", str(uplink)]
    with _copies(state), tempfile.NamedTemporaryFile(prefix="assay-replay-") as names:
        files = _files(asked, plant, storage_at(settings.landing), state)
        names.writelines(os.fsencode(path.absolute()) + b"\0" for path in files)
        names.flush()
        return _report(_run([*command, "--files-from", names.name]))


def _command(settings: Settings, asked: Replay, bundle: Shelved) -> list[str]:
    features = [] if asked.features_out is None else ["--features-out", str(asked.features_out.absolute())]
    return [
        sys.executable, "-S", "-m", "edge_bundle.gateway", "run", "--bundle", str(bundle.path),
        "--trusted-key", load_key(settings.keys).public_hex, "--gateway-id", asked.gateway_id,
        # Which version is champion was decided in the registry; going back to one is no accident here.
        "--downgrade-to", str(bundle.bundle.manifest.build), "--as-of", asked.as_of.isoformat(),
        "--grace-s", str(asked.grace_s), *features,
    ]  # fmt: skip


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


def _files(asked: Replay, plant: Plant, landing: Storage, state: Path) -> list[Path]:
    """The files to replay.

    Raises:
        UsageError: One is not there, or there is none.
    """
    if asked.recorded:
        show(f"writing out what silver holds of {asked.recorded}")
        return record(plant, asked.recorded, state / _RECORDED)
    files = named(asked.files, plant, landing) if asked.files else replayable(plant, landing)
    if not files:
        raise UsageError(
            f"nothing in {landing.place} that a gateway of plant {plant.profile.name} could replay; name files"
        )
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

"""The disks below our folders, and the warm engine."""

import os
import shutil
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jobs.diagnosis.mounts import is_read_only, there
from jobs.runtime.setting_keys import without_secrets
from jobs.runtime.settings import Settings
from jobs.status.facts import Disk, Engine
from lakehouse.engine.errors import EngineError
from lakehouse.engine.warm import warm_engine

_ANSWER_S = 2.0
_WRITTEN = ("lake", "state")


def disks(settings: Settings) -> tuple[Disk, ...]:
    """The disk of each folder that jobs write or read; one line for folders of one disk."""
    found: dict[int, dict[str, Path]] = {}
    for name in ("lake", "landing", "state"):
        folder = there(getattr(settings, name))
        found.setdefault(folder.stat().st_dev, {})[name] = folder
    return tuple(_disk(folders) for folders in found.values())


def engine(settings: Settings) -> Engine:
    """The engine that jobs would use now. One elsewhere is asked whether its port answers."""
    if settings.engine.startswith("sc://"):
        return _elsewhere(settings.engine)
    if not settings.state.is_dir():
        return Engine("none is running; a job that needs one starts its own")
    try:
        running = warm_engine(settings.state)
    except EngineError as error:
        return Engine("unknown", str(error), "run `assay engine stop`, then `assay engine start`")
    if running is None:
        if (settings.state / "engine.json").exists():
            return Engine("none runs; one ended without being stopped, the next job starts its own")
        return Engine("none is running; a job that needs one starts its own")
    live = running.live_leases(datetime.now(UTC))
    held = f", held by {', '.join(sorted(live))}" if live else ""
    return Engine(f"process {running.pid}, port {running.port}, started by a {running.started_by}{held}")


def _elsewhere(address: str) -> Engine:
    url, shown = urlsplit(address), without_secrets(address)
    try:
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=_ANSWER_S):
            return Engine(f"{shown} answers")
    except OSError as error:
        step = "start that server, or set engine to another (ASSAY_ENGINE)"
        return Engine(shown, f"{shown} does not answer: {error.strerror or error}", step)


def _disk(folders: Mapping[str, Path]) -> Disk:
    folder = next(iter(folders.values()))
    usage, entries = shutil.disk_usage(folder), os.statvfs(folder)
    return Disk(
        ", ".join(folders),
        str(folder),
        usage.free,
        usage.free / (usage.used + usage.free) if usage.used + usage.free else 0.0,
        entries.f_favail / entries.f_files if entries.f_files else None,
        tuple(name for name in _WRITTEN if name in folders and is_read_only(folders[name])),
    )

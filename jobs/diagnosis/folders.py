"""The folders that a plant needs: where files land, where keys are, and the room that is left."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from jobs.diagnosis.finding import RIGHTS, Finding, Level
from jobs.runtime.settings import Settings

# Source: a day of the demo plant and its engine's scratch need 1 GB; below 5 GB a larger plant is close to its end.
_DISK_FAIL_GB, _DISK_WARN_GB = 1.0, 5.0


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether landing can be read, and keys by nobody else."""
    yield _landing(settings.landing)
    if settings.keys.is_dir() and settings.keys.stat().st_mode & 0o077:
        yield Finding("keys", Level.FAIL, f"{settings.keys} is open to others", f"chmod 700 {settings.keys}")


def _landing(landing: Path) -> Finding:
    if not landing.is_dir():
        what = "no folder" if landing.exists() else "not there"
        return Finding("landing", Level.WARN, f"{landing} is {what}", "make it, or set landing (ASSAY_LANDING)")
    if not os.access(landing, os.R_OK | os.X_OK):
        return Finding("landing", Level.FAIL, f"{landing} may not be read", RIGHTS)
    shut: list[OSError] = []
    for _ in os.walk(landing, onerror=shut.append):
        pass
    if shut:
        found = (
            f"{landing}: {len(shut)} folders in it may not be read, {shut[0].filename} first: their files are left out"
        )
        return Finding("landing", Level.WARN, found, "correct their permissions, or move them out")
    return Finding("landing", Level.OK, str(landing))


def disk(settings: Settings) -> Iterator[Finding]:
    """Whether there is room where the lake is."""
    folder = next(path for path in (settings.lake, *settings.lake.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    level = Level.FAIL if free < _DISK_FAIL_GB else Level.WARN if free < _DISK_WARN_GB else Level.OK
    yield Finding("disk", level, f"{free:.1f} GB free at {folder}", "" if level is Level.OK else "free some space")

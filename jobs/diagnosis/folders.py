"""The folders that a plant needs: where files land, where keys are, and the space that is left."""

import shutil
from collections.abc import Iterator

from jobs.diagnosis.finding import RIGHTS, Finding, Level
from jobs.runtime.settings import Settings
from lakehouse.storage.errors import ForbiddenError, MissingError, NoFolderError, StorageError
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

# Source: a day of the demo plant and its engine's scratch need 1 GB; below 5 GB a larger plant is close to its end.
_DISK_FAIL_GB, _DISK_WARN_GB = 1.0, 5.0


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether landing can be read, and keys by nobody else."""
    yield _landing(storage_at(settings.landing))
    if settings.keys.is_dir() and settings.keys.stat().st_mode & 0o077:
        yield Finding("keys", Level.FAIL, f"{settings.keys} is open to others", f"chmod 700 {settings.keys}")


def _landing(landing: Storage) -> Finding:
    shut: list[StorageError] = []
    try:
        landing.check()
        landing.entries(left_out=shut.append)
    except ForbiddenError:
        return Finding("landing", Level.FAIL, f"{landing.place} may not be read", RIGHTS)
    except (MissingError, NoFolderError) as error:
        what = "not there" if isinstance(error, MissingError) else "no folder"
        return Finding("landing", Level.WARN, f"{landing.place} is {what}", "make it, or set landing (ASSAY_LANDING)")
    shut = [error for error in shut if isinstance(error, ForbiddenError)]
    if shut:
        found = (
            f"{landing.place}: {len(shut)} folders or files in it may not be read, {shut[0].filename} first: they are "
            "left out"
        )
        return Finding("landing", Level.WARN, found, "correct their permissions, or move them out")
    return Finding("landing", Level.OK, landing.place)


def disk(settings: Settings) -> Iterator[Finding]:
    """Whether there is space where the lake is."""
    folder = next(path for path in (settings.lake, *settings.lake.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    level = Level.FAIL if free < _DISK_FAIL_GB else Level.WARN if free < _DISK_WARN_GB else Level.OK
    yield Finding("disk", level, f"{free:.1f} GB free at {folder}", "" if level is Level.OK else "free some space")

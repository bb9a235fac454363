"""The file system that a folder is on, and whether it may be written at all."""

import os
from pathlib import Path


def there(folder: Path) -> Path:
    """The folder, or what is there of its path."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def is_read_only(folder: Path) -> bool:
    """Whether its file system is mounted read-only, as a system mounts one again that it found faults in."""
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)

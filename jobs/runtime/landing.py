"""The landing folder: what lies there, and the digests of what is new."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bronze.files import Content, Known, Landed
from jobs.runtime.errors import UsageError

_BLOCK = 1 << 20


def scan(landing: Path) -> list[Landed]:
    """Every regular file below the landing folder, hidden ones too.

    Raises:
        UsageError: The folder is not there.
    """
    if not landing.is_dir():
        raise UsageError(f"landing folder {landing} is not there; make it, or name another with --landing")
    found = []
    for folder, _, names in os.walk(landing):
        for name in names:
            path = Path(folder, name)
            status = path.stat()
            if path.is_file():
                found.append(Landed(_name(path.relative_to(landing)), status.st_size, status.st_mtime_ns // 1000))
    return sorted(found, key=lambda landed: landed.path)


def digest(landing: Path, files: Sequence[Landed], ledger: Iterable[Known]) -> list[Content]:
    """Digests of the files' contents, and of their first bytes up to every size that the ledger knows of the path."""
    sizes: dict[str, set[int]] = {}
    for known in ledger:
        sizes.setdefault(known.path, set()).add(known.size)
    return [_digest(landing / file.path, file, sizes.get(file.path, set())) for file in files]


def _digest(path: Path, file: Landed, earlier: set[int]) -> Content:
    whole, place, line, line_start = hashlib.sha256(), 0, 1, 0
    prefixes: dict[int, str] = {}
    resume: dict[int, tuple[int, int]] = {}
    marks = sorted(size for size in earlier if size < file.size)
    with path.open("rb") as stream:
        for mark in [*marks, file.size]:
            while place < mark and (block := stream.read(min(_BLOCK, mark - place))):
                whole.update(block)
                if marks:  # only a file that grew needs its lines counted
                    line += block.count(b"\n")
                    cut = block.rfind(b"\n")
                    line_start = place + cut + 1 if cut >= 0 else line_start
                place += len(block)
            if mark in marks:
                prefixes[mark] = whole.copy().hexdigest()
                resume[mark] = (line_start, line)
    return Content(file, whole.hexdigest(), prefixes, resume)


def _name(path: Path) -> str:
    """The path as text; bytes that are not UTF-8 are shown escaped, so that no table holds an invalid text."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="backslashreplace")

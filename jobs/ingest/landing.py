"""The landing folder: what lies there, and the digests of what is new."""

import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from bronze import magic
from bronze.files import Content, Known, Landed, Prefix
from domain.record.text_encoding import WIDE_MARKS
from expectations.mapping.containers import split_member
from jobs.ingest.archives import Archives
from jobs.ingest.file_times import in_calendar
from jobs.ingest.zip_members import ArchiveError
from jobs.runtime.progress import each
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.storage.errors import ForbiddenError, MissingError, NoFolderError, StorageError, typed
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

_BLOCK = 1 << 20
_LONGEST_END = 4  # bytes of a line's end in wide characters
_AT_ONCE = 4  # files digested at a time: hashing leaves the interpreter to others
# The last byte of what is there may be half of a line's end.
_LONE_CR = re.compile(rb"\r(?=[^\n])")
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def scan(landing: Storage) -> list[Landed]:
    """Every regular file below the landing folder, hidden ones too.

    A file or folder below it that cannot be looked at is reported and left out: it may be a drive's own, and what one
    gateway's folder lacks in rights must not stop the others.

    Raises:
        UsageError: The folder is not there, or may not be read.
    """
    try:
        landing.check()
    except (MissingError, NoFolderError) as error:
        what = "not there" if isinstance(error, MissingError) else "no folder"
        raise UsageError(
            f"landing folder {landing.place} is {what}; make it, or name another with --landing"
        ) from error
    except ForbiddenError as error:
        raise UsageError(
            f"landing folder {landing.place} may not be read; correct its permissions, or run as its owner"
        ) from error
    found = [
        Landed(_text(file.key), file.size, in_calendar(file.modified_us))
        for file in landing.entries(left_out=_left_out)
    ]
    return sorted(found, key=lambda landed: landed.path)


def _left_out(error: OSError) -> None:
    """Reported at every run, for as long as records may wait there; what was moved away holds none."""
    if not isinstance(error, MissingError):
        text = "%s: %s; it is left out: fix it or its permissions, or move it out of the landing folder"
        log().warning(text, error.filename, error.strerror)


def is_there(landing: Storage) -> bool:
    """Whether there is a landing folder, readable or not."""
    with suppress(ForbiddenError):
        try:
            landing.check()
        except (MissingError, NoFolderError):
            return False
    return True


def locate(landing: Storage, name: str) -> Key:
    """The key of the file of that name in the ledger."""
    key = Key(name)
    if "\\x" not in name or landing.entry(key) is not None:
        return key
    raw = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name.encode())
    return Key(raw.decode("utf-8", errors="surrogateescape"))


def place_of(landing: Storage, path: str) -> tuple[Key, str]:
    """The key of what has that path in the ledger, and "", or of its archive, and the member's name."""
    named = split_member(path)
    if named is None or _is_file(landing, path):
        return locate(landing, path), ""
    return locate(landing, named[0]), named[1]


def _is_file(landing: Storage, path: str) -> bool:
    """Whether there is a file of that path, below a folder that is named like an archive."""
    try:
        return landing.entry(locate(landing, path)) is not None
    except (ValueError, StorageError):  # no key, or a file in a folder's place
        return False


def digest(landing: Storage, files: Sequence[Landed], ledger: Iterable[Known]) -> list[Content]:
    """Digests of the files' contents, and of their first bytes up to every size that the ledger knows of the path.

    A file that is gone by now is left out, and so is one that cannot be read, which is reported.
    """
    sizes: dict[str, set[int]] = {}
    for known in ledger:
        sizes.setdefault(known.path, set()).add(known.size)

    def look(group: list[tuple[Landed, Key, str]]) -> list[Content]:
        with Archives() as archives:
            found = [_content(landing, archives, *one, sizes.get(one[0].path, set())) for one in group]
            return [content for content in found if content is not None]

    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        looks = each([pool.submit(look, group) for group in _groups(landing, files)], lambda _: "looking at new files")
        return [content for found in looks for content in found.result()]
    finally:  # interrupted, files that nobody has begun are left alone
        pool.shutdown(cancel_futures=True)


def _groups(landing: Storage, files: Sequence[Landed]) -> list[list[tuple[Landed, Key, str]]]:
    """Each file by itself with its place, but the members of an archive together: it is opened once."""
    groups: dict[tuple[Key, bool], list[tuple[Landed, Key, str]]] = {}
    for file in files:
        key, member = place_of(landing, file.path)
        groups.setdefault((key, bool(member)), []).append((file, key, member))
    return list(groups.values())


def _content(
    landing: Storage, archives: Archives, file: Landed, key: Key, member: str, earlier: set[int]
) -> Content | None:
    """What a file holds; None where it cannot be read, which is reported."""
    try:
        opened = archives.checked(landing, key, member)
        if opened.stream is None:
            return Content(file, opened.mark, {})
        with opened.stream as stream:
            if opened.size is None:
                return _digest(stream, file, earlier)
            return Content(file, hashlib.sha256(stream.read()).hexdigest(), {})
    except ArchiveError:  # changed since it was listed: the next run lists it again
        return None
    except OSError as error:  # of the storage, or of a read on the way
        _left_out(typed(error, file.path) if error.filename is None else error)
        return None


def _digest(stream: io.RawIOBase, file: Landed, earlier: set[int]) -> Content:
    """One pass over the bytes; lines, quotation marks and line ends are looked at only in a file that grew."""
    whole, place = hashlib.sha256(), 0
    line, line_start, quotes, quotes_after = 1, 0, 0, 0
    has_lone_cr, ends_with_cr = False, False
    prefixes: dict[int, Prefix] = {}
    head, tail = b"", b""
    marks = sorted(size for size in earlier if size < file.size)
    for mark in [*marks, file.size]:
        while place < mark and (block := stream.read(min(_BLOCK, mark - place))):
            whole.update(block)
            head, tail = head or block[: magic.LONGEST], (tail + block[-_LONGEST_END:])[-_LONGEST_END:]
            if marks and mark != file.size:
                cut = block.rfind(b"\n")
                if cut >= 0:
                    line, line_start = line + block.count(b"\n"), place + cut + 1
                    quotes, quotes_after = quotes + quotes_after + block.count(b'"', 0, cut), 0
                quotes_after += block.count(b'"', cut + 1)
                has_lone_cr |= _has_lone_cr(block, after_cr=ends_with_cr)
                ends_with_cr = block.endswith(b"\r")
            place += len(block)
        if mark != file.size:
            prefixes[mark] = Prefix(whole.copy().hexdigest(), line_start, line, quotes, has_lone_cr)
    is_packed = head.startswith(magic.COMPRESSED)
    is_open = not is_packed and not tail.rstrip(b"\0").endswith((b"\n", b"\r"))
    return Content(file, whole.hexdigest(), prefixes, is_packed or head.startswith(WIDE_MARKS), is_open)


def _has_lone_cr(block: bytes, *, after_cr: bool) -> bool:
    """Whether a carriage return before the block's last byte has no newline behind it; `after_cr`: one before it."""
    return (after_cr and not block.startswith(b"\n")) or _LONE_CR.search(block) is not None


def _text(key: Key) -> str:
    """The key as text; bytes that are not UTF-8 are shown escaped, so that no table holds an invalid text."""
    return key.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="backslashreplace")

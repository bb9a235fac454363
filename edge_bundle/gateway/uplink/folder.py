"""An uplink of files: batches of records as gzipped JSON Lines, complete or not there at all, always the same bytes.

No file takes the place of one with other content: where a name is taken, by numbers that came twice because a clock
went back while the state was lost, the digest of the content is added to the new file's name.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from edge_bundle.gateway.uplink.uplink import Batch, UplinkError

_SUFFIX = ".jsonl.gz"
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FOR_A_PERSON = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR}
"""What no retry alone can fix. Source: POSIX, errors of open, write and rename."""
_log = logging.getLogger(__name__)


class FolderUplink:
    """An `Uplink` into a folder; from there the files go wherever the plant's link takes them.

    A file gets its name once it is complete and durable, and the same batch gives the same name and bytes.
    """

    def __init__(self, folder: Path, gateway_id: str) -> None:
        self.folder, self._gateway_id = folder, gateway_id

    @property
    def medium(self) -> Path:
        """As `Uplink`: the folder."""
        return self.folder

    def deliver(self, batch: Batch, lines: Sequence[bytes]) -> str:
        """As `Uplink`; the name is the file's.

        Raises:
            UplinkError: The folder cannot be written; no part of a batch is left there under a feed's name.
        """
        try:
            return self._write(batch, pack(lines)).name
        except OSError as exc:
            raise UplinkError(
                f"{exc.strerror or exc}: {exc.filename or 'uplink'}",
                is_transient=exc.errno not in _FOR_A_PERSON,
                is_full=exc.errno in _NO_SPACE,
            ) from exc

    def _write(self, batch: Batch, data: bytes) -> Path:
        """The complete, durable file of a batch."""
        path = _free_path(self.folder / file_name(batch, self._gateway_id), data)
        # A name that begins with a dot matches no feed: nobody reads a file that is not complete.
        draft = path.with_name(f".{path.name}.draft")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError:
            with suppress(OSError):  # It holds space that others may need.
                draft.unlink()
            raise
        sync_folder(self.folder)
        return path


def file_name(batch: Batch, gateway_id: str) -> str:
    """Feed, gateway and range of sequence numbers, of 12 digits at least: a state that began at 1 goes on so."""
    return f"{batch.feed}-{gateway_id}-{batch.first:012d}-{batch.last:012d}{_SUFFIX}"


def _free_path(path: Path, data: bytes) -> Path:
    """The path, or one named by the content as well where a file of other content has it."""
    if not path.exists() or path.read_bytes() == data:
        return path
    digest = hashlib.sha256(data).hexdigest()
    _log.warning("uplink: %s exists with other content and stays; the new file has a longer name", path.name)
    return path.with_name(f"{path.name[: -len(_SUFFIX)]}-{digest[:16]}{_SUFFIX}")


def pack(lines: Sequence[bytes]) -> bytes:
    """Lines as gzip without name and time: the same lines give the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        file.write(b"".join(line + b"\n" for line in lines))
    return packed.getvalue()


def sync_folder(folder: Path) -> None:
    """Make a renamed file's new name durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

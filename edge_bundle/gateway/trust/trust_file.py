"""`trust.json`: what a device has learnt about which bundles it may take, in a file of its own beside the state.

The state can be moved away, damaged or filled up; this file must outlive that. It is written whole to a draft, made
durable, renamed over the old one, and the folder made durable: after a power cut at any step one of the two is there.
Its digest shows a damaged file. A copy is in the state, so that neither alone can be lost unnoticed.
"""

from __future__ import annotations

import errno
import logging
import os
from contextlib import suppress
from pathlib import Path

from edge_bundle.format import canonical_json
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import CanonicalJsonError, ManifestError
from edge_bundle.format.typed_document import decode, encode
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.trust.trust import Trust, later_of

FORMAT = "assay-trust/1"
NAME = "trust.json"
MAX_BYTES = 64 * 1024
"""A record with all its downgrades has some 4 KB."""

_DRAFT = f".{NAME}.draft"
_log = logging.getLogger(__name__)


class TrustDamagedError(ValueError):
    """Bytes that are no record of trust; the message says why."""


def dump(trust: Trust) -> bytes:
    """The one spelling of a record, its digest included."""
    document = encode(trust)
    return canonical_json.dumps({"format": FORMAT, "sha256": _digest(document), "trust": document})


def parse(data: bytes) -> Trust:
    """The record in these bytes.

    Raises:
        TrustDamagedError: They are not what `dump` gives.
    """
    try:
        document = canonical_json.loads(data)
        if not isinstance(document, dict) or set(document) != {"format", "sha256", "trust"}:
            raise TrustDamagedError("it is no record of trust")
        if document["format"] != FORMAT:
            raise TrustDamagedError(f"its format is {str(document['format'])[:40]!r}, this gateway reads {FORMAT}")
        if document["sha256"] != _digest(document["trust"]):
            raise TrustDamagedError("its digest is that of another record")
        return decode(Trust, document["trust"], "trust")
    except (CanonicalJsonError, ManifestError) as exc:
        raise TrustDamagedError(str(exc)) from exc


def _digest(document: object) -> str:
    return sha256_hex(canonical_json.dumps(document))


class TrustFile:
    """The file in one state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._draft = folder / _DRAFT

    def read(self) -> Trust | None:
        """The record; None where there is no file.

        Raises:
            TrustDamagedError: The file holds no record.
            OSError: It cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                return parse(file.read(MAX_BYTES))
        except FileNotFoundError:
            return None

    def write(self, trust: Trust) -> None:
        """Put a record in the place of the former one, whole and durable, or not at all.

        Raises:
            OSError: It cannot be written; the former one remains.
        """
        handle = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(dump(trust))
            file.flush()
            os.fsync(handle)
        self._draft.replace(self.path)
        _sync_folder(self.path.parent)

    def write_if_there_is_space(self, trust: Trust) -> None:
        """As `write`; a full card delays it to a later record, and is logged.

        Raises:
            OSError: It cannot be written for another reason.
        """
        try:
            self.write(trust)
        except OSError as exc:
            if exc.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            with suppress(OSError):
                self._draft.unlink()
            _log.warning(
                "trust file %s is not written: %s; it is written with the next record", self.path, exc.strerror
            )

    def put_aside(self) -> Path:
        """Rename a damaged file, so that somebody can look at it; its new path.

        Raises:
            OSError: It cannot be renamed.
        """
        number = 1
        while (target := self.path.with_name(f"{NAME}.damaged-{number}")).exists():
            number += 1
        self.path.replace(target)
        _sync_folder(self.path.parent)
        return target


def opened(file: TrustFile, owner: str, copy_text: str | None, old_floor: int) -> Trust:
    """The device's trust: the file's, the copy's where the file is gone or older, or a first one.

    Args:
        file: The file.
        owner: Gateway and plant.
        copy_text: The copy that the state holds; None where it holds none.
        old_floor: Floor that a state holds which was made before there was such a file; 0 for none.

    Raises:
        StateError: The file belongs to another gateway or plant, or is damaged and there is no copy.
        OSError: It cannot be read or written.
    """
    copy = _copy(copy_text)
    try:
        stored = file.read()
    except TrustDamagedError as exc:
        if copy is None:
            raise StateError(
                f"trust file {file.path} is damaged ({exc}), and the state beside it holds no copy. Bring it back from "
                "a backup; who removes it lets this gateway take any signed bundle, old ones too"
            ) from exc
        aside = file.put_aside()
        _log.warning("trust file %s is damaged (%s); put aside as %s, the state's copy counts", file.path, exc, aside)
        stored = None
    if stored is None and copy is not None:
        _log.warning("trust file %s is made again from the state's copy: guard %d", file.path, copy.guard)
    if stored is None and copy is None and old_floor:
        _log.info("trust file %s is made; the floor %d goes on", file.path, old_floor)
    found = _joined(stored, copy) or Trust(owner, floor=old_floor, guard=old_floor)
    if found.owner != owner:
        raise StateError(f"trust file {file.path} belongs to {found.owner}, not to {owner}; use another folder")
    if stored is not None and found != stored:
        _log.warning("trust file %s is older than the state's copy, which counts: guard %d", file.path, found.guard)
    if found != stored:
        file.write_if_there_is_space(found)
    return found


def _joined(stored: Trust | None, copy: Trust | None) -> Trust | None:
    return later_of(stored, copy) if stored is not None and copy is not None else stored or copy


def _copy(text: str | None) -> Trust | None:
    """The state's copy; none where it is damaged, as the file alone then counts."""
    if text is None:
        return None
    try:
        return parse(text.encode())
    except TrustDamagedError as exc:
        _log.warning("the state's copy of the trust file is damaged: %s", exc)
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        # A file system without it (some network ones) has nothing to make lasting this way.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)

"""The bytes of a file, plain, gzip or zstd as its first bytes say, decompressed in parts."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

from bronze import magic
from domain.record import reasons
from domain.record.faults import Fault

CHUNK = 1 << 20
# 512 bytes of zstd are at most 128 blocks of 128 KiB (RFC 8878), so a bomb stays within 16 MiB at a time.
_ZSTD_CHUNK = 512
# An error loses what its own chunk would still have given, so chunks are small.
_GZIP_CHUNK = 4096


@dataclass(slots=True)
class Content:
    """Decompressed chunks of one file that begins with `head`, read already.

    After the last chunk `broken` says why the stream ended early, if it did; `size` is what was decompressed.
    """

    head: bytes
    stream: BinaryIO
    broken: Fault | None = None
    size: int = 0
    _consumed: int = 0

    def chunks(self) -> Iterator[bytes]:
        """The chunks in order, none empty; an error of compression ends them and sets `broken`."""
        opened = _opened(self.head)
        try:
            for chunk in opened(self._raw()):
                self.size += len(chunk)
                yield chunk
        except (zlib.error, zstandard.ZstdError) as exc:
            self.broken = self._fault(reasons.CORRUPT_STREAM, f"is damaged ({exc})")
        except EOFError:
            self.broken = self._fault(reasons.TRUNCATED, "ends within its compressed data")

    def _raw(self) -> Iterator[bytes]:
        chunk = self.head
        while chunk:
            self._consumed += len(chunk)
            yield chunk
            chunk = self.stream.read(CHUNK)

    def _fault(self, reason: str, what: str) -> Fault:
        if not self.size and reason == reasons.CORRUPT_STREAM:
            return Fault(reasons.UNREADABLE_FILE, f"the file {what} from its beginning; send it again")
        where = f"after {self._consumed} compressed and {self.size} decompressed bytes"
        return Fault(reason, f"the file {what} {where}; what came before is read, send the file again for the rest")


def _opened(head: bytes) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    if head.startswith(magic.GZIP):
        return _gzip
    return _zstd if head.startswith(magic.ZSTD) else _plain


def _plain(raw: Iterator[bytes]) -> Iterator[bytes]:
    return raw


def _slices(raw: Iterator[bytes], size: int) -> Iterator[bytes]:
    for chunk in raw:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


def _gzip(raw: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    for chunk in _slices(raw, _GZIP_CHUNK):
        rest = chunk
        while rest:
            if member.eof:
                # Members may follow one another, and zero bytes may pad the end (RFC 1952; gzip(1)).
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                member = zlib.decompressobj(wbits=31)
            if data := member.decompress(rest, CHUNK):
                yield data
            rest = member.unused_data if member.eof else member.unconsumed_tail
    while not member.eof and (data := member.decompress(b"", CHUNK)):
        yield data
    if not member.eof:
        raise EOFError


def _zstd(raw: Iterator[bytes]) -> Iterator[bytes]:
    frame = zstandard.ZstdDecompressor().decompressobj()
    for chunk in _slices(raw, _ZSTD_CHUNK):
        rest = chunk
        while rest:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            if data := frame.decompress(rest):
                yield data
            rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise EOFError

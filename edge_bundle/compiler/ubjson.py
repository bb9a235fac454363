"""Universal Binary JSON as XGBoost writes it: enough of it, and nothing else.

Source: ubjson.org draft 12 and XGBoost's ``src/common/json.cc``: big-endian numbers, typed arrays
``[$<type>#<count>``, no optimised objects.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from edge_bundle.compiler.errors import ModelFileError

_NUMBERS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_WHOLE = (b"i", b"U", b"I", b"l", b"L")
_CONSTANTS = {b"T": True, b"F": False, b"Z": None}
_MAX_DEPTH = 32


def loads(data: bytes) -> Any:
    """The value in ``data``; numeric arrays come as NumPy arrays.

    Raises:
        ModelFileError: Cut off, trailing bytes, or a marker that XGBoost does not write.
    """
    reader = _Reader(data)
    try:
        value = reader.value(reader.take(1), 0)
    except (struct.error, UnicodeDecodeError) as exc:
        raise ModelFileError(f"UBJSON is damaged at byte {reader.at}: {exc}") from exc
    if reader.at != len(data):
        raise ModelFileError(f"UBJSON ends at byte {reader.at} of {len(data)}")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        if count < 0 or len(part) < count:
            raise ModelFileError(f"UBJSON is cut off at byte {self.at}")
        self.at += count
        return part

    def value(self, marker: bytes, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ModelFileError(f"UBJSON nested deeper than {_MAX_DEPTH}")
        if marker == b"{":
            return self._object(depth)
        if marker == b"[":
            return self._array(depth)
        if marker == b"S":
            return self._text()
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker in _NUMBERS:
            return self._numbers(marker, 1)[0].item()
        raise ModelFileError(f"UBJSON marker {marker!r} at byte {self.at} is not one XGBoost writes")

    def _object(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (marker := self.take(1)) != b"}":
            key = self.take(self._count(marker)).decode()
            if key in result:
                raise ModelFileError(f"UBJSON has key {key!r} twice")
            result[key] = self.value(self.take(1), depth + 1)
        return result

    def _array(self, depth: int) -> Any:
        marker = self.take(1)
        if marker == b"$":
            kind, hash_sign = self.take(1), self.take(1)
            if hash_sign != b"#" or kind not in _NUMBERS:
                raise ModelFileError(f"UBJSON array of {kind!r} at byte {self.at} is not numeric")
            return self._numbers(kind, self._count(self.take(1)))
        if marker == b"#":
            return [self.value(self.take(1), depth + 1) for _ in range(self._count(self.take(1)))]
        items = []
        while marker != b"]":
            items.append(self.value(marker, depth + 1))
            marker = self.take(1)
        return items

    def _numbers(self, kind: bytes, count: int) -> np.ndarray[Any, np.dtype[Any]]:
        dtype = np.dtype(_NUMBERS[kind])
        return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype)

    def _count(self, marker: bytes) -> int:
        if marker not in _WHOLE:
            raise ModelFileError(f"UBJSON length of type {marker!r} at byte {self.at}")
        return int(self._numbers(marker, 1)[0])

    def _text(self) -> str:
        return self.take(self._count(self.take(1))).decode()

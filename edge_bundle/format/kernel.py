"""The C scoring kernel through ``ctypes``, and the choice between it and its fall-back."""

from __future__ import annotations

import ctypes
import platform
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import KernelError, RowError
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.reference_kernel import ReferenceKernel, check_kind, row_count

KERNEL_ABI = 1
ARCHITECTURES = ("x86_64", "aarch64", "armv7")


class Scorer(Protocol):
    """What scores rows: the library or plain Python, equal in every bit."""

    name: str
    reason: str

    def margin(self, model: FlatModel, row: Sequence[float]) -> float:
        """The float32 margin of one row."""

    def depth(self, model: FlatModel, row: Sequence[float]) -> float:
        """The float64 sum of path lengths of one row."""

    def margins(self, model: FlatModel, rows: bytes) -> bytes:
        """Float32 margins of float32 rows."""

    def depths(self, model: FlatModel, rows: bytes) -> bytes:
        """Float64 path-length sums of float32 rows."""


class Kernel:
    """A loaded scoring library. It keeps no state between calls; threads may share it.

    Attributes:
        path: The library file.
        reason: Why this scorer is in use.
    """

    name = "library"

    def __init__(self, path: str | Path) -> None:
        """Load the library.

        Raises:
            KernelError: It cannot be loaded here, or its interface is not ``KERNEL_ABI``.
        """
        self.path = Path(path)
        self.reason = f"{self.path.name} fits this machine"
        try:
            library = ctypes.CDLL(str(self.path))
            abi = library.assay_abi()
        except (OSError, AttributeError) as exc:
            raise KernelError(f"{self.path.name} cannot be loaded here: {exc}") from exc
        if abi != KERNEL_ABI:
            raise KernelError(f"{self.path.name} has interface {abi}; {KERNEL_ABI} is needed")
        one_row = [ctypes.c_char_p, ctypes.c_char_p]
        many = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
        self._margin = _declare(library.assay_margin, one_row, ctypes.c_float)
        self._depth = _declare(library.assay_depth, one_row, ctypes.c_double)
        self._margins = _declare(library.assay_margins, many, None)
        self._depths = _declare(library.assay_depths, many, None)
        self._check = _declare(library.assay_check, [ctypes.c_char_p, ctypes.c_size_t], ctypes.c_int)

    def accepts(self, blob: bytes) -> bool:
        """Whether the library's own checks hold for ``blob``: the same verdict as ``parse``."""
        return bool(self._check(blob, len(blob)) == 0)

    def margin(self, model: FlatModel, row: Sequence[float]) -> float:
        """The margin of one row: base margin plus a leaf of each tree, summed in float32.

        Args:
            model: An XGBoost model.
            row: ``n_features`` numbers in the model's order; missing is NaN. Each is rounded to
                float32 first, as in training.

        Raises:
            RowError: Another length, something that is no number, or a model of the other kind.
        """
        if model.kind is not ModelKind.MARGIN:
            check_kind(model, ModelKind.MARGIN)
        try:
            packed = _row_struct(model.n_features).pack(*row)
        except (struct.error, OverflowError) as exc:
            raise _row_error(model, row) from exc
        score: float = self._margin(model.blob, packed)
        return score

    def depth(self, model: FlatModel, row: Sequence[float]) -> float:
        """The sum of path lengths of one row, over the trees in order, in float64.

        Args:
            model: An isolation forest.
            row: As for ``margin``.

        Raises:
            RowError: As for ``margin``.
        """
        if model.kind is not ModelKind.DEPTH:
            check_kind(model, ModelKind.DEPTH)
        try:
            packed = _row_struct(model.n_features).pack(*row)
        except (struct.error, OverflowError) as exc:
            raise _row_error(model, row) from exc
        score: float = self._depth(model.blob, packed)
        return score

    def margins(self, model: FlatModel, rows: bytes) -> bytes:
        """The margins of many rows.

        Args:
            model: An XGBoost model.
            rows: float32 little-endian, row after row.

        Returns:
            float32 little-endian, one per row.

        Raises:
            RowError: Not whole rows, or a model of the other kind.
        """
        check_kind(model, ModelKind.MARGIN)
        return _many(self._margins, model, rows, 4)

    def depths(self, model: FlatModel, rows: bytes) -> bytes:
        """The path-length sums of many rows: as ``margins``, but float64 each."""
        check_kind(model, ModelKind.DEPTH)
        return _many(self._depths, model, rows, 8)


def _declare(function: Any, arguments: list[Any], result: Any) -> Any:
    function.argtypes = arguments
    function.restype = result
    return function


@lru_cache(maxsize=8)
def _row_struct(n_features: int) -> struct.Struct:
    return struct.Struct(f"<{n_features}d")


def _row_error(model: FlatModel, row: Sequence[float]) -> RowError:
    return RowError(f"got {len(row)} values; the model takes {model.n_features} numbers")


def _many(function: Any, model: FlatModel, rows: bytes, result_bytes: int) -> bytes:
    count = row_count(model, rows)
    results = ctypes.create_string_buffer(count * result_bytes)
    function(model.blob, rows, count, results)
    return results.raw


def architecture() -> str | None:
    """This process's architecture among ``ARCHITECTURES``; None for any other.

    A 32-bit Python under a 64-bit kernel counts as 32-bit: Raspberry Pi OS has that.
    """
    wide = struct.calcsize("P") == 8
    machine = platform.machine().lower()
    if machine in {"x86_64", "amd64"}:
        return "x86_64" if wide else None
    if machine in {"aarch64", "arm64", "armv8l", "armv7l"}:
        return "aarch64" if wide else "armv7"
    return None


def library_name(arch: str) -> str:
    """The file name of the library for one architecture."""
    return f"libassay-{arch}.so"


def load_kernel(directory: str | Path, digests: Mapping[str, str] | None = None) -> Scorer:
    """The scorer for this machine: the library in ``directory``, else plain Python.

    Its ``name`` and ``reason`` say which it is and why, for logs and heartbeats.

    Args:
        directory: Where ``libassay-<architecture>.so`` lies.
        digests: SHA-256 of libraries by file name. One with another digest is not even loaded; one that is not named
            is taken as it is.
    """
    arch = architecture()
    if arch is None:
        return ReferenceKernel(f"no library is built for {platform.machine() or 'this machine'}")
    path = Path(directory) / library_name(arch)
    if not path.is_file():
        return ReferenceKernel(f"{path.name} is not there")
    try:
        _check_digest(path, (digests or {}).get(path.name))
        return Kernel(path)
    except KernelError as exc:
        return ReferenceKernel(str(exc))


def _check_digest(path: Path, expected: str | None) -> None:
    if expected is None:
        return
    try:
        found = sha256_hex(path.read_bytes())
    except OSError as exc:
        raise KernelError(f"{path.name} cannot be read: {exc.strerror}") from exc
    if found != expected:
        raise KernelError(
            f"{path.name} has SHA-256 {found[:16]}, the bundle signed {expected[:16]}; take that one, out of the bundle"
        )

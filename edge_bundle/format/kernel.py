"""The C scoring kernel through ``ctypes``, and the choice between it and its fall-back."""

from __future__ import annotations

import ctypes
import platform
import struct
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import KernelError, RowError
from edge_bundle.format.float_rows import row_count
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.reference_kernel import ReferenceKernel, check_kind
from edge_bundle.format.residual_blob import ResidualModel
from edge_bundle.format.residual_score import residual, residuals
from edge_bundle.format.sealed_file import SealedFile

KERNEL_ABI = 1
ARCHITECTURES = ("x86_64", "aarch64", "armv7")
KERNEL_FOLDER = "kernel"
"""Where a bundle's libraries are."""

_NO_ARCHITECTURE = f"no library is built for {platform.machine() or 'this machine'}"


_LOADED: dict[str, Kernel | KernelError] = {}
"""By digest of the library: what loading it came to in this process."""


class Blob(Protocol):
    """A model whose bytes a library reads."""

    @property
    def blob(self) -> bytes:
        """All of them."""

    @property
    def n_features(self) -> int:
        """Length of a row."""


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

    def residual(self, model: ResidualModel, row: Sequence[float]) -> float:
        """The float64 sum of squares of one row."""

    def residuals(self, model: ResidualModel, rows: bytes) -> bytes:
        """Float64 sums of squares of float32 rows."""


class Kernel:
    """A loaded scoring library. It keeps no state between calls; threads may use it at once.

    Attributes:
        path: The library file.
        reason: Why this scorer is in use.
    """

    name = "library"

    def __init__(self, path: str | Path, name: str = "") -> None:
        """Load the library.

        Args:
            path: Its file.
            name: What to call it; empty for the file's name.

        Raises:
            KernelError: It cannot be loaded here, or its interface is not ``KERNEL_ABI``.
        """
        self.path = Path(path)
        name = name or self.path.name
        self.reason = f"{name} fits this machine"
        try:
            library = ctypes.CDLL(str(self.path))
            abi = library.assay_abi()
            self._declare(library)
        except (OSError, AttributeError) as exc:
            raise KernelError(f"{name} cannot be loaded here: {exc}") from exc
        if abi != KERNEL_ABI:
            raise KernelError(f"{name} has interface {abi}; {KERNEL_ABI} is needed")

    def _declare(self, library: ctypes.CDLL) -> None:
        one_row = [ctypes.c_char_p, ctypes.c_char_p]
        many = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
        self._margin = _declare(library.assay_margin, one_row, ctypes.c_float)
        self._depth = _declare(library.assay_depth, one_row, ctypes.c_double)
        self._margins = _declare(library.assay_margins, many, None)
        self._depths = _declare(library.assay_depths, many, None)
        self._check = _declare(library.assay_check, [ctypes.c_char_p, ctypes.c_size_t], ctypes.c_int)
        # A library of before there were residual models lacks it; plain Python then scores them.
        found = getattr(library, "assay_residuals", None)
        self._residuals = None if found is None else _declare(found, many, None)

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

    def residual(self, model: ResidualModel, row: Sequence[float]) -> float:
        """The sum of squares of one row along a model's axes: `residual_score.residual`, which raises the same."""
        if self._residuals is None:
            return residual(model, row)
        try:
            packed = array("f", row)
        except (TypeError, OverflowError) as exc:
            raise RowError(f"a row holds numbers only: {exc}") from exc
        if len(packed) != model.n_features:
            raise _row_error(model, row)
        score: float = struct.unpack("=d", _many(self._residuals, model, packed.tobytes(), 8))[0]
        return score

    def residuals(self, model: ResidualModel, rows: bytes) -> bytes:
        """The sums of squares of many rows: float32 little-endian, row after row, to float64 each."""
        if self._residuals is None:
            return residuals(model, rows)
        return _many(self._residuals, model, rows, 8)


def _declare(function: Any, arguments: list[Any], result: Any) -> Any:
    function.argtypes = arguments
    function.restype = result
    return function


@lru_cache(maxsize=8)
def _row_struct(n_features: int) -> struct.Struct:
    return struct.Struct(f"<{n_features}d")


def _row_error(model: Blob, row: Sequence[float]) -> RowError:
    return RowError(f"got {len(row)} values; the model takes {model.n_features} numbers")


def _many(function: Any, model: Blob, rows: bytes, result_bytes: int) -> bytes:
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


def hardware_name() -> str:
    """What this hardware is called without anybody naming it: its architecture, else what the system says."""
    return architecture() or platform.machine().lower() or "unknown"


def library_name(arch: str) -> str:
    """The file name of the library for one architecture."""
    return f"libassay-{arch}.so"


def load_kernel(directory: str | Path) -> Scorer:
    """The scorer for this machine from a folder where libraries were built, else plain Python.

    For those who build the library themselves. A device takes the one that its bundle signed: `signed_kernel`.
    Its ``name`` and ``reason`` say which it is and why.
    """
    arch = architecture()
    if arch is None:
        return ReferenceKernel(_NO_ARCHITECTURE)
    path = Path(directory) / library_name(arch)
    if not path.is_file():
        return ReferenceKernel(f"{path.name} is not there")
    try:
        return Kernel(path)
    except KernelError as exc:
        return ReferenceKernel(str(exc))


def signed_library(members: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    """Name and bytes of the library for this machine among a bundle's verified members; None where it has none."""
    arch = architecture()
    data = members.get(f"{KERNEL_FOLDER}/{library_name(arch)}") if arch else None
    return None if arch is None or data is None else (library_name(arch), data)


def signed_kernel(members: Mapping[str, bytes]) -> Scorer:
    """The scorer for this machine out of a bundle's verified members, else plain Python.

    The very bytes that were verified are loaded, from a file in memory that nobody can change. Its ``name`` and
    ``reason`` say which scorer it is and why, for logs and heartbeats.

    Args:
        members: Verified bytes by path.
    """
    found = signed_library(members)
    if found is None:
        arch = architecture()
        return ReferenceKernel(f"the bundle holds no {library_name(arch)}" if arch else _NO_ARCHITECTURE)
    try:
        return load_sealed(*found)
    except KernelError as exc:
        return ReferenceKernel(str(exc))


def load_sealed(name: str, data: bytes) -> Kernel:
    """The library of these bytes, loaded once in a process and stored to its end.

    Its sealed file stays open, loaded or not: a loader that knows a path gives the library that it has once loaded from
    there, so no other file may ever get this one's.

    Raises:
        KernelError: It cannot be loaded here, has another interface, or this system refuses sealed files.
    """
    digest = sha256_hex(data)
    if digest not in _LOADED:
        path = SealedFile(data, name).path
        try:
            _LOADED[digest] = Kernel(path, name)
        except KernelError as exc:
            _LOADED[digest] = exc
    found = _LOADED[digest]
    if isinstance(found, KernelError):
        raise found
    return found

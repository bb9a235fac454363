"""A dataclass of arrays and numbers as an npz, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from ml.errors import ArtifactError
from ml.models.fixed_zip import npz_arrays, npz_bytes

T = TypeVar("T")


def fields_bytes(value: object) -> bytes:
    """The fields of a dataclass as plain arrays, each under its name; the same values give the same bytes."""
    return npz_bytes({name: np.asarray(getattr(value, name)) for name in _names(type(value))})


def load_fields(of: type[T], content: bytes) -> T:
    """A dataclass from `fields_bytes`; what has no axis is a number.

    Raises:
        ArtifactError: The bytes are no npz, or the arrays are not those of the class.
    """
    arrays, wanted = npz_arrays(content), sorted(_names(of))
    if sorted(arrays) != wanted:
        raise ArtifactError(f"{of.__name__.lower()} holds arrays {sorted(arrays)}, legal are {wanted}")
    given: dict[str, Any] = {name: array if array.ndim else float(array) for name, array in arrays.items()}
    return of(**given)


def _names(of: Any) -> list[str]:
    return [each.name for each in fields(of)]

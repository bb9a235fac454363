"""Which versions of which libraries a model is made by: part of what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

LIBRARIES = ("numpy", "scikit-learn", "xgboost")
"""Those that grow trees or add up their numbers: another version may give other trees from the same rows."""


def library_versions() -> Mapping[str, str]:
    """Installed version of each of `LIBRARIES`."""
    return {name: version(name) for name in LIBRARIES}

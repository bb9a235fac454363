"""Every implementation of the storage's verbs, made empty for a test: each has to pass the contract's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage

IMPLEMENTATIONS: dict[str, Callable[[Path], Storage]] = {"local folder": lambda folder: storage_at(folder / "root")}

"""The name of a commit, by which it happens once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transaction:
    """Makes a write happen once: Delta drops a second write under the same application id and version."""

    application: str
    version: int = 1

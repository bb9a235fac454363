"""The name of a commit, by which it happens once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transaction:
    """Makes a write happen once: a second one under the same application id and version is left out.

    Delta's log keeps the pair; each commit looks it up.
    """

    application: str
    version: int = 1

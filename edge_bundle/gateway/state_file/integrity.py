"""Looks through the whole state file beside the running gateway, by a connection of its own that only reads.

The file itself, without its log of commits, changes at checkpoints only. So one is made first, and none while the file
is looked through: what is read is one consistent state, and nothing waits for it.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class IntegrityCheck:
    """One look through a file, in a thread of its own.

    Attributes:
        finding: What is damaged; None where nothing was found so far.
    """

    def __init__(self, path: Path) -> None:
        """Begin to look."""
        self.finding: str | None = None
        self._path, self._connection = (
            path,
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False),
        )
        self._thread = threading.Thread(target=self._look, name="integrity", daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether all was looked through."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the look where it is; once, and also where all was looked through."""
        self._connection.interrupt()
        self._thread.join()
        self._connection.close()

    def _look(self) -> None:
        try:
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
            self.finding = None if found == "ok" else str(found)
        except sqlite3.OperationalError as exc:
            self.finding = None if "interrupted" in str(exc) else str(exc)
        except sqlite3.DatabaseError as exc:
            self.finding = str(exc)

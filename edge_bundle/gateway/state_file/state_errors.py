"""Errors of SQLite and of the file system as ours, by what is to be done about them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_bundle.gateway.errors import DamagedError, FullError, StateError


@contextmanager
def named_errors(name: str) -> Iterator[None]:
    """Errors of SQLite as ours, by what is to be done about them.

    Raises:
        FullError: There is no space, or the medium refuses to write.
        DamagedError: The file is damaged.
        StateError: Another process uses it.
    """
    try:
        yield
    except sqlite3.OperationalError as exc:
        if "locked" in str(exc):
            raise StateError(f"state file {name}: another gateway is using it ({exc}); stop that one") from exc
        if "decode" in str(exc):
            raise DamagedError(f"state file {name} is damaged: {exc}") from exc
        raise FullError(f"state file {name} cannot be written: {exc}") from exc
    except sqlite3.DatabaseError as exc:
        raise DamagedError(f"state file {name} is damaged: {exc}") from exc
    except (ValueError, TypeError, KeyError, IndexError) as exc:
        raise DamagedError(f"state file {name} is damaged: {exc}") from exc


def check_access(path: Path) -> None:
    """Refuse a file that this process may not use, before anything is taken for a damage.

    Raises:
        StateError: It belongs to another user, or its folder does.
    """
    for each, needed in ((path.parent, os.W_OK | os.X_OK), (path, os.R_OK | os.W_OK)):
        if each.exists() and not os.access(each, needed):
            found = each.stat()
            raise StateError(
                f"{each.name} of user {found.st_uid} with mode {found.st_mode & 0o7777:o} cannot be written by user "
                f"{os.geteuid()}; give it to this user, or start the gateway as that one"
            )

"""Which machines of a state of the former version go on: it remembered every name that ever came."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from functools import partial
from pathlib import Path

from edge_bundle.gateway.state_file.migration import migrate


def shed_unknown(path: Path, listed: Set[str], most_others: int, latest_legal_us: int) -> None:
    """Bring a state of the former version to this one without the machines that are too many and nobody knows.

    Where that cannot be done now nothing changes, and opening the state says why.

    Args:
        path: The state file.
        listed: Machines that the bundle names; all of them go on.
        most_others: How many others go on.
        latest_legal_us: As for `chosen`.
    """
    choose = partial(chosen, listed=listed, most_others=most_others, latest_legal_us=latest_legal_us)
    with suppress(sqlite3.Error, OSError, ValueError, KeyError, TypeError):
        migrate(path, choose)


def chosen(former: sqlite3.Connection, listed: Set[str], most_others: int, latest_legal_us: int) -> set[str]:
    """The machines that go on: those named, and the others with the latest readings.

    Args:
        former: A state file of version 1.
        listed: As for `shed_unknown`.
        most_others: As for `shed_unknown`.
        latest_legal_us: A machine whose clock is beyond this counts as the oldest: nobody knows its time.
    """
    best = heapq.nlargest(most_others, _unlisted(former, listed, latest_legal_us))
    return set(listed) | {machine_id for _, machine_id in best}


def _unlisted(former: sqlite3.Connection, listed: Set[str], latest_legal_us: int) -> Iterator[tuple[int, str]]:
    for machine_id, state in former.execute("SELECT machine_id, state FROM clocks"):
        if machine_id not in listed:
            clock_us = int(json.loads(state)["times"][1])
            yield (clock_us if clock_us <= latest_legal_us else -(2**63)), machine_id
    for table in ("events", "machines"):
        rows: Iterable[tuple[str]] = former.execute(
            f"SELECT DISTINCT machine_id FROM {table} "  # noqa: S608  # fixed names
            "WHERE machine_id NOT IN (SELECT machine_id FROM clocks)"
        )
        yield from ((-(2**63) + 1, machine_id) for (machine_id,) in rows if machine_id not in listed)

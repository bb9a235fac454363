"""Records that a repair replays: files, repairs and undoings may come in any order, silver ends the same."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.feeds import READINGS
from expectations.plant.plant_profile import Profile
from expectations.tables.bronze import feed_table
from silver.changes import changes
from silver.outcomes import OUTCOMES, Resolved, resolve
from silver.readings import flag
from silver.rulebook import Rulebook
from silver.versions import Version, Versions
from tests.support.arrow_rows import arrow
from tests.support.frames import small_profile

BRONZE = feed_table(READINGS)
INGESTED = {"_ingested_at": datetime(2026, 3, 31, tzinfo=UTC)}
FAULTY = 9_000.0
SENSORS, VALUES = st.sampled_from("AB"), st.sampled_from([50.0, 51.0, FAULTY])
FILES = st.lists(st.lists(st.tuples(SENSORS, VALUES), min_size=1, max_size=3), min_size=1, max_size=3)
Event = tuple[str, int]
Quarantine = dict[tuple[str, int], tuple[str, str]]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return small_profile(tmp_path_factory.mktemp("plant"))


class Lake:
    """Bronze as events brought it, and silver as each batch changed it."""

    def __init__(self, profile: Profile, files: list[list[tuple[str, float]]], halved: list[bool]) -> None:
        self._book, self._files, self._halved = Rulebook(profile, {}), files, halved
        self._rows: list[dict[str, Any]] = []
        self._done: list[Event] = []
        self.silver: dict[str, int] = {}
        self.quarantine: Quarantine = {}

    def take(self, event: Event) -> None:
        """One batch more, sorted out as silver does: against what was resolved before."""
        before, (kind, number) = self._versions(), event
        self._done.append(event)
        earlier = len(self._rows)
        if kind == "file":
            self._rows += self._records(f"f{number}", number, self._files[number])
        if kind == "repair":
            repaired = [(sensor, 50.0 + number) for sensor, _ in self._files[number]]
            self._rows += [row for row in self._records(f"r{number}", number, repaired) if self._is_faulty(number, row)]
        flagged = self.flagged()
        is_earlier = np.arange(len(self._rows)) < earlier
        found = changes(flagged, is_earlier, self._versions(), before)
        rows = flagged.filter(pa.array(found.rows))
        self._move(rows, found.gone, found.accepted)
        for row in rows.filter(pa.array(found.back)).to_pylist():
            del self.quarantine[row["_file_id"], row["_line"]]
        self.quarantine |= aside(rows.filter(pa.array(found.aside)), found.now.only(found.aside))
        fresh = flagged.filter(pa.array(~is_earlier))
        news = aside(fresh, resolve(fresh, self._versions()))
        self.quarantine |= {place: outcome for place, outcome in news.items() if outcome[0] == "value_out_of_range"}

    def flagged(self) -> pa.Table:
        """All of bronze, flagged."""
        return flag(arrow(BRONZE, *self._rows), self._book)

    def at_once(self) -> tuple[dict[str, int], Quarantine]:
        """Silver and quarantine as all records give them, resolved together."""
        flagged = self.flagged()
        resolved = resolve(flagged, self._versions())
        new = flagged.filter(pa.array([OUTCOMES[code].value == "new" for code in resolved.outcomes])).to_pylist()
        return {row["sensor_id"]: row["steps"] for row in new}, aside(flagged, resolved)

    def _move(self, rows: pa.Table, gone: Any, accepted: Any) -> None:
        for row in rows.filter(pa.array(gone)).to_pylist():
            del self.silver[row["sensor_id"]]
        for row in rows.filter(pa.array(accepted)).to_pylist():
            self.silver[row["sensor_id"]] = row["steps"]

    def _records(self, file: str, number: int, records: list[tuple[str, float]]) -> list[dict[str, Any]]:
        batch = len(self._done)
        return [
            INGESTED | {"_file_id": file, "_batch_id": batch, "_line": line, "sensor_id": sensor, "value": value}
            for line, (sensor, value) in enumerate(records, number + 1)
        ]

    def _is_faulty(self, number: int, row: dict[str, Any]) -> bool:
        """Whether a repair replays it: the faulty records of the file, of some repairs the first of them only."""
        lines = [line for line, (_, value) in enumerate(self._files[number], number + 1) if value == FAULTY]
        return row["_line"] in (lines[:1] if self._halved[number] else lines)

    def _versions(self) -> Versions:
        """As the ledger has them: each file a path of its own, its repairs with it."""
        found = {}
        for batch, (kind, number) in enumerate(self._done, 1):
            repaired = ("repair", number) in self._done and ("undo", number) not in self._done
            lines = [row["_line"] for row in self._rows if row["_file_id"] == f"r{number}"]
            repairs = {(line, ""): f"r{number}" for line in lines} if kind == "file" and repaired else {}
            by = f"u{number}" if kind == "repair" and ("undo", number) in self._done else ""
            if kind != "undo":
                found[batch, f"{kind[0]}{number}"] = Version(f"p{number}", 1, "", replaced_by=by, repairs=repairs)
        return found


def aside(rows: pa.Table, resolved: Resolved) -> Quarantine:
    """By place of each record that is set aside: its fault or outcome, and what replaced it."""
    outcomes = [OUTCOMES[code].value for code in resolved.outcomes]
    return {
        (row["_file_id"], row["_line"]): ("value_out_of_range" if outcome == "faulty" else outcome, by)
        for row, outcome, by in zip(rows.to_pylist(), outcomes, resolved.by.tolist(), strict=True)
        if outcome not in ("new", "repeats")
    }


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[list[tuple[str, float]]], list[bool], list[Event], list[Event]]:
    """Files, and two orders of the same events: a repair after its file, an undoing after its repair."""
    files = draw(FILES)
    halved = draw(st.lists(st.booleans(), min_size=len(files), max_size=len(files)))
    events = [("file", number) for number in range(len(files))]
    for number, records in enumerate(files):
        if any(value == FAULTY for _, value in records) and draw(st.booleans()):
            events.append(("repair", number))
            events += [("undo", number)] if draw(st.booleans()) else []
    orders = [sorted_by_need(draw(st.permutations(events))) for _ in range(2)]
    return files, halved, orders[0], orders[1]


def sorted_by_need(events: list[Event]) -> list[Event]:
    """The places of a file's events stay, file first, then its repair, then the undoing."""
    waiting = {
        number: [kind for kind in ("file", "repair", "undo") if (kind, number) in events] for _, number in events
    }
    return [(waiting[number].pop(0), number) for _, number in events]


@settings(max_examples=30)
@given(histories())
def test_files_repairs_and_undoings_in_any_order_give_the_same_silver(
    profile: Profile, history: tuple[list[list[tuple[str, float]]], list[bool], list[Event], list[Event]]
) -> None:
    files, halved, *orders = history
    ends = []
    for order in orders:
        lake = Lake(profile, files, halved)
        for event in order:
            lake.take(event)
            assert (lake.silver, lake.quarantine) == lake.at_once()
        ends.append(lake.silver)
    assert ends[0] == ends[1]


def test_an_undone_repair_leaves_silver_as_if_it_had_never_been(profile: Profile) -> None:
    lakes = [Lake(profile, [[("A", FAULTY), ("B", 50.0)]], [False]) for _ in range(2)]
    for lake, kinds in zip(lakes, (("file",), ("file", "repair", "undo")), strict=True):
        for kind in kinds:
            lake.take((kind, 0))

    assert lakes[0].silver == lakes[1].silver == {"B": 5000}
    assert lakes[1].quarantine == lakes[0].quarantine | {("r0", 1): ("superseded", "u0")}


def test_a_repaired_record_that_limits_of_today_would_accept_is_no_reading_beside_its_repair(profile: Profile) -> None:
    """The faulty record of then is sound by now; the repair in force is what is stored."""
    rows = [
        INGESTED | {"_file_id": file, "_batch_id": batch, "_line": 1, "value": value}
        for batch, (file, value) in enumerate((("f0", 60.0), ("r0", 50.0)), 1)
    ]
    versions = {(1, "f0"): Version("p", 1, "", repairs={(1, ""): "r0"}), (2, "r0"): Version("p", 1, "")}

    resolved = resolve(flag(arrow(BRONZE, *rows), Rulebook(profile, {})), versions)

    assert [OUTCOMES[code].value for code in resolved.outcomes] == ["superseded", "new"]
    assert resolved.by.tolist() == ["r0", ""]

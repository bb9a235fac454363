"""Files that land, grow, are copied and corrected: silver is that of files read whole, in any order of arrival.

The ledger's decisions, the places of contents and the resolution are those of the jobs; files and tables are in memory.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.files import Content, Known, Landed, Prefix, admit
from domain.conflicts import KEEPS, Candidate, candidates, winner
from expectations.mapping.keep import Keep
from jobs.silver.file_versions import versions_of_arrivals
from jobs.silver.path_versions import Arrival
from jobs.silver.rank_form import moved
from jobs.silver.returned import moved_contents
from silver.changes import changes
from silver.outcomes import ASIDE, OUTCOMES, Outcome, Resolved, differing, resolve
from tests.silver.test_conflicts import SCHEMA
from tests.support.reader_files import long_mapping

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
Aside = tuple[int, int, str, int | None]


class Delivery(NamedTuple):
    """A file as it lies at a path: lines of key and value, and its time; the last line may be cut."""

    path: str
    text: str
    at: int


@dataclass
class Silver:
    """What the jobs have made of the batches so far."""

    keep: Keep
    format: str
    known: list[Known] = field(default_factory=list)
    arrived: list[Arrival] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[int, int] = field(default_factory=dict)
    aside: dict[tuple[str, int], Aside] = field(default_factory=dict)

    def batch(self, number: int, deliveries: Iterable[Delivery]) -> None:
        """Ingest and silver of one batch."""
        before = list(self.arrived)
        self.ingest(number, deliveries)
        rules = {"readings": self.keep}
        records = pa.Table.from_pylist(self.rows, SCHEMA)
        now, then = (versions_of_arrivals(some, {}, rules, range(number + 1)) for some in (self.arrived, before))
        ranked = {file for _, file in moved_contents(self.arrived, before, rules)}
        ours = records.filter(pa.array([row["_batch_id"] == number for row in self.rows], pa.bool_()))
        stored = [_row(key, steps, 0, "", 0) for key, steps in self.stored.items()]
        has_stored, differs = differing(ours, pa.Table.from_pylist(stored, SCHEMA))
        lost = {key for key, *_ in self.aside.values()}
        disputed = {key for key, is_so in zip(_keys(ours), differs.tolist(), strict=True) if is_so or key in lost}
        disputed |= {_key(row) for row in self.rows if row["_file_id"] in ranked and row["_batch_id"] < number}
        plain = [key not in disputed for key in _keys(ours)]
        new = resolve(ours.filter(pa.array(plain, pa.bool_())), now).beside(has_stored[plain])
        self._note(ours.filter(pa.array(plain, pa.bool_())), new, new.is_one_of(Outcome.NEW).tolist())
        if disputed:
            self._settle(records.filter(pa.array([key in disputed for key in _keys(records)])), number, now, then)

    def _settle(self, records: pa.Table, number: int, now: Any, then: Any) -> None:
        found = changes(records, records.column("_batch_id").to_numpy() < number, now, then)
        for row, is_gone, is_back in zip(records.to_pylist(), found.gone.tolist(), found.back.tolist(), strict=True):
            if is_gone:
                assert self.stored.pop(_key(row)) == row["steps"]
            if is_back:
                del self.aside[row["_file_id"], row["_line"]]
        self._note(records, found.now, found.accepted.tolist(), found.aside.tolist())

    def _note(
        self, records: pa.Table, resolved: Resolved, accepted: list[bool], aside: list[bool] | None = None
    ) -> None:
        out = resolved.is_one_of(*ASIDE).tolist() if aside is None else aside
        for place, row in enumerate(records.to_pylist()):
            if accepted[place]:
                self.stored[_key(row)] = row["steps"]
            if out[place]:
                current = int(resolved.steps[place]) if resolved.has_steps[place] else None
                found = _key(row), row["steps"], OUTCOMES[resolved.outcomes[place]].value, current
                self.aside[row["_file_id"], row["_line"]] = found

    def ingest(self, number: int, deliveries: Iterable[Delivery]) -> None:
        """The ledger and the records of one batch."""
        texts = {one.path: one for one in deliveries}
        sizes = {(row.path, row.size) for row in self.known}
        contents = [
            Content(
                Landed(one.path, len(one.text), one.at),
                _digest(one.text),
                {size: _prefix(one.text[:size]) for path, size in sizes if path == one.path and size < len(one.text)},
                is_open=not one.text.endswith("\n"),
            )
            for one in texts.values()
        ]
        for one in admit(contents, self.known, [long_mapping(format=self.format)]):
            landed, text = one.content.landed, texts[one.content.landed.path].text
            digest = one.content.sha256
            self.known.append(
                Known(landed.path, landed.size, landed.modified_us, digest, one.outcome, "readings", one.file_id)
            )
            self.arrived.append(
                Arrival(
                    landed.path, digest, landed.modified_us, "readings", number, one.file_id, one.is_read,
                    bool(one.first_byte), one.first_line, one.continues, one.is_cut, text.count("\n"), 0,
                )
            )  # fmt: skip
            if one.is_read:
                self.rows += [
                    _row(int(key), int(value), number, one.file_id, line)
                    for line, (key, value) in enumerate(_lines(text), 1)
                    if line >= one.first_line
                ]


def _lines(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _prefix(text: str) -> Prefix:
    whole = text.rfind("\n") + 1
    return Prefix(_digest(text), whole, text[:whole].count("\n") + 1, 0)


def _row(key: int, steps: int, batch: int, file: str, line: int) -> dict[str, Any]:
    return {
        "sensor_id": "S", "metric": "temperature", "measured_at": BEGAN + timedelta(hours=key), "_faults": [],
        "steps": steps, "machine_id": "M1", "factory_id": "F1", "_batch_id": batch, "_file_id": file, "_line": line,
        "_column": None, "gateway_id": None, "sequence": None,
    }  # fmt: skip


def _key(row: dict[str, Any]) -> int:
    return int((row["measured_at"] - BEGAN) / timedelta(hours=1))


def _keys(records: pa.Table) -> list[int]:
    return [_key(row) for row in records.select(["measured_at"]).to_pylist()]


def outcome(batches: Sequence[Sequence[Delivery]], keep: str, file_format: str) -> tuple[dict[int, int], set[Aside]]:
    """What is stored, and what of each key is in quarantine, after the batches."""
    silver = Silver(Keep(keep), file_format)
    for number, deliveries in enumerate(batches, 1):
        silver.batch(number, deliveries)
    return silver.stored, set(silver.aside.values())


def expected(deliveries: Sequence[Delivery], keep: str) -> tuple[dict[int, int], set[Aside]]:
    """The same by the rules of `domain.conflicts`, of files that are read whole each time."""
    said: dict[int, list[Candidate]] = {}
    for one in deliveries:
        for hour, steps in _lines(one.text):
            said.setdefault(int(hour), []).append(Candidate(int(steps), one.path, one.at, digest=_digest(one.text)))
    stored, aside = dict[int, int](), set[Aside]()
    for key, some in said.items():
        used = _in_use(some) if keep == "version" else candidates(some, keep)
        won = winner(used, "none" if keep == "version" else keep)
        if won is not None:
            stored[key] = won
        in_use = {one.resolution_steps for one in used}
        for value in {one.resolution_steps for one in some} - {won}:
            is_out = value not in in_use and keep in ("version", "latest")
            aside.add((key, value, "superseded" if is_out else "loses", won))
    return stored, aside


def _in_use(some: Sequence[Candidate]) -> list[Candidate]:
    """Versions of a content and a time that no path which has them has replaced."""
    newest = candidates(some, "version")
    replaced = {(one.at_us, one.digest) for one in some if one not in newest}
    return [one for one in newest if (one.at_us, one.digest) not in replaced]


CORRECTED = "0,99\n1,11\n"
BEGIN, GROWN, CUT = "0,10\n1,11\n", "0,10\n1,11\n2,12\n", "0,10\n1,11\n2,1"
CASES = {
    "a copy grows and its original is corrected": (
        Delivery("p", BEGIN, 1), Delivery("q", BEGIN, 1), Delivery("q", GROWN, 2), Delivery("p", CORRECTED, 3),
    ),
    "a correction between beginning and growth": (
        Delivery("p", BEGIN, 1), Delivery("p", CORRECTED, 2), Delivery("p", GROWN, 3),
    ),
    "copies with other times beside another source": (
        Delivery("p", BEGIN, 1), Delivery("q", CORRECTED, 2), Delivery("r", BEGIN, 3),
    ),
    "a half line that is copied": (
        Delivery("p", CUT, 1), Delivery("p", GROWN, 2), Delivery("q", CUT, 3), Delivery("q", CORRECTED, 4),
    ),
}  # fmt: skip


@pytest.mark.parametrize("keep", ["version", "latest", "first"])
@pytest.mark.parametrize("deliveries", CASES.values(), ids=CASES)
def test_every_order_gives_the_silver_of_whole_files(deliveries: tuple[Delivery, ...], keep: str) -> None:
    for order in permutations(deliveries):
        assert outcome([[one] for one in order], keep, "jsonl") == expected(deliveries, keep), order


def test_a_file_that_grows_says_nothing_new_of_its_old_values() -> None:
    """By `latest` a correction in another file lasts when the log that it corrects goes on."""
    log = [Delivery("log", BEGIN, 1), Delivery("fix", "0,99\n", 2), Delivery("log", GROWN, 3)]

    for file_format in ("jsonl", "parquet"):
        assert outcome([[one] for one in log], "latest", file_format)[0] == {0: 99, 1: 11, 2: 12}


@st.composite
def lives(draw: st.DrawFn) -> list[Delivery]:
    """Some time of a landing folder: every state of its files that came."""
    texts, times, found = {"p": BEGIN}, {"p": 1}, [Delivery("p", BEGIN, 1)]
    for at in range(2, draw(st.integers(3, 7))):
        path, other = draw(st.sampled_from(sorted(texts))), draw(st.sampled_from("pqr"))
        what = draw(st.sampled_from(["grow", "cut", "correct", "touch", "copy", "copy later", "own"]))
        text, time = texts[path], at
        if what in ("grow", "cut"):
            whole = text if text.endswith("\n") else text + "7\n"
            line = f"{whole.count(chr(10))},{draw(st.sampled_from([12, 13]))}\n"
            text = whole + (line if what == "grow" else line[:-2])
        elif what == "correct":
            text = text.replace("0,10", "0,99", 1) if "0,10" in text else text.replace("0,99", "0,10", 1)
        elif what == "own":
            path, text = other, draw(st.sampled_from(["0,10\n", "0,55\n1,11\n", "1,77\n"]))
        elif what.startswith("copy"):
            time = times[path] if what == "copy" else at
            path = other
        texts[path], times[path] = text, time
        found.append(Delivery(path, text, time))
    states = {(one.path, len(one.text), one.at): one for one in found}  # a file is known by these
    return list(states.values())


@settings(max_examples=60)
@given(lives(), st.sampled_from(KEEPS), st.sampled_from(["jsonl", "parquet"]), st.data())
def test_any_life_of_files_in_any_order_gives_the_silver_of_whole_files(
    deliveries: list[Delivery], keep: str, file_format: str, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(deliveries))
    batches: list[list[Delivery]] = []
    for one in order:
        if batches and one.path not in {other.path for other in batches[-1]} and data.draw(st.booleans()):
            batches[-1].append(one)
        else:
            batches.append([one])

    assert outcome(batches, keep, file_format) == expected(deliveries, keep)


def test_older_code_ranked_the_same_where_files_only_grew_or_were_only_corrected() -> None:
    """A lake of it goes on; beside a correction, or by `latest` with a copy, it is built again."""
    for deliveries, keep, paths in [
        ([("log", BEGIN, 1), ("log", GROWN, 2)], "version", []),
        ([("log", BEGIN, 1), ("log", CORRECTED, 2)], "version", []),
        ([("log", BEGIN, 1), ("log", GROWN, 2), ("mirror", BEGIN, 1), ("mirror", GROWN, 2)], "version", []),
        ([("log", BEGIN, 1), ("copy", BEGIN, 1), ("copy", GROWN, 2), ("log", CORRECTED, 3)], "version", ["log"]),
        ([("log", BEGIN, 1), ("log", CORRECTED, 2), ("log", GROWN, 3)], "version", ["log"]),
        ([("log", BEGIN, 1), ("fix", CORRECTED, 2), ("log", GROWN, 3)], "latest", []),
        ([("log", BEGIN, 1), ("fix", CORRECTED, 2), ("copy", BEGIN, 3)], "latest", ["log"]),
    ]:
        silver = Silver(Keep(keep), "jsonl")
        for number, one in enumerate(deliveries, 1):
            silver.batch(number, [Delivery(*one)])
        assert moved(silver.arrived, {"readings": silver.keep}) == paths, deliveries

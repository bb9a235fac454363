"""Feeds of every format with columns that differ and bytes that are hurt: accounted for to the unit, and read right.

What is accepted has the value that a reader finds that is not ours (`tests.support.plain_readers`). A file whose bytes
are whole gives all that this reader finds. With FULL_SUITE=1 many more seeds.
"""

import io
import os
import zipfile
from collections import Counter

import pytest

from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from jobs.ingest.sheet_members import SheetMembers
from jobs.ingest.zip_members import ArchiveError, ZipMembers
from tests.support.fuzzed_feeds import KINDS, Feed, feed
from tests.support.plain_readers import Reading, readings
from tests.support.reader_files import Read

SEEDS = 20_000 if os.environ.get("FULL_SUITE") else 120
# Beyond those that always run: a text of some rows is not UTF-8.
FOUND = {"parquet": (8672, 8707)}
_METRICS = {"temperature": "temp", "pressure": "press"}


def _mapping(found: Feed) -> Mapping:
    data: dict[str, object] = {"feed": "readings", "files": ["*"], "constants": {"factory_id": "F1"}, **found.keys}
    if found.kind == "senml":
        data |= {"preset": "senml", "constants": {"factory_id": "F1", "machine_id": "M1", "unit": "C"}}
        data |= {"names": {"M1:temp": "temperature", "M1:press": "pressure"}}
        data["columns"] = {"sensor_id": "n", "metric": "n", "value": "v"}
        return parse_mapping(data, "fuzz")
    data |= {"shape": "wide_by_metric", "columns": {"machine_id": "machine"}, "time": {"column": "at"}}
    data |= {"templates": {"sensor_id": "{machine_id}/{metric}"}}
    data["metrics"] = {
        "temp": {"metric": "temperature", "unit": "C"},
        "press": {"metric": "pressure", "unit": "bar", "optional": True},
    }
    if found.kind == "influx":
        data |= {"time": {"column": "time", "kind": "epoch", "unit": "ms"}, "ignored": ["measurement"]}
    if found.kind == "xlsx":
        data |= {"time": {"column": "at", "kind": "local", "zone": "UTC"}, "files": ["a.xlsx/Data"]}
    return parse_mapping(data, "fuzz")


def _text(found: Feed) -> bytes | None:
    """The bytes that the readers are given; None where the archive or the sheet is refused as a whole."""
    if found.kind not in ("zip", "xlsx"):
        return found.content
    stream = io.BytesIO(found.content)
    try:
        holder = ZipMembers(stream) if found.kind == "zip" else SheetMembers(stream)  # type: ignore[arg-type]  # all that is used of it
    except ArchiveError:
        return None
    name = "a.csv" if found.kind == "zip" else "Data"
    member = holder.member(name)
    if member is None or member.fault or not holder.is_whole(name):
        return None
    return holder.open(name).read()


def _ours(read: Read) -> Counter[Reading]:
    return Counter(
        (row["measured_at"], row["machine_id"], _METRICS.get(row["metric"], row["metric"]), row["value"])
        for row in read.rows
    )


def _fault(found: Feed) -> str:
    """What is wrong with what is read of a feed; empty where nothing is."""
    content = _text(found)
    if content is None:
        return "refused although whole" if found.is_whole else ""
    mapping = _mapping(found)
    read = Read(content, mapping)
    if read.all != Read(content, mapping, use_fast=False).all:
        return "the fast way and the slow one differ"
    try:
        plain = Counter(readings(found))
    except (zipfile.BadZipFile, OSError, SyntaxError, ValueError) as error:
        return f"accepted {len(read.rows)}, but nothing can be read: {error}" if read.rows else ""
    ours = _ours(read)
    if ours - plain:
        return f"accepted and not there: {sorted(ours - plain)[:3]}"
    is_refused = any(reason in ("missing_column", "unreadable_file") for reason in read.reasons)
    if found.is_whole and not is_refused and plain - ours:
        return f"there and not accepted: {sorted(plain - ours)[:3]}, {read.reasons[:5]}"
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_accepted_is_there_and_all_is_accounted_for(kind: str) -> None:
    faults = {seed: fault for seed in (*range(SEEDS), *FOUND.get(kind, ())) if (fault := _fault(feed(kind, seed)))}

    assert not faults, f"{len(faults)} of {SEEDS}: {dict(list(faults.items())[:5])}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_feeds_are_worth_a_look(kind: str) -> None:
    """Most have readings that are accepted, some are hurt: a fuzz of files that are all refused would show nothing."""
    feeds = [feed(kind, seed) for seed in range(60)]
    accepted = sum(bool(_text(found) and Read(_text(found) or b"", _mapping(found)).rows) for found in feeds)

    assert accepted > 15
    assert 10 < sum(found.is_whole for found in feeds) < 55

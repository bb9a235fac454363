"""The first records of one file as a mapping reads them, each below the line that it comes from; no lake is touched."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from bronze.files import Landed
from bronze.readers import read_records
from bronze.readers.batch import ReadBatch
from expectations.mapping.containers import split_member
from expectations.mapping.folder import Mappings, RefusedMapping, read_mapping, read_mappings
from expectations.mapping.landed_path import at_path, reads
from expectations.mapping.mapping import Mapping
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from jobs.ingest.archives import Archives
from jobs.ingest.landing import place_of, scan
from jobs.ingest.unpacking import with_members
from jobs.plant.source_lines import source_lines
from jobs.plant.verdicts import with_verdicts
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.storage.key import Key
from lakehouse.storage.places import file_at, storage_at
from lakehouse.storage.protocol import Storage

RECORDS = 10
_UNSHOWN = ("samples",)  # thousands of bytes: sample_count says how many samples there are
_HIDDEN = ("_line", "_column")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a mapping makes of a file.

    Attributes:
        rows: Its first typed rows: the feed's columns, `_rescued`, `_line`, `_column`, and `faults`, what silver finds.
        rejected: Its first rejected entries: `_line`, `_column`, `reason`, `detail`, `text`, `record_count`.
        counts: Of the whole file: records, rows, blank, rejected; of rows: those with a fault.
        lines: Line number -> its text, of the lines named above; empty for Parquet and other binary forms.
    """

    rows: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    counts: dict[str, int]
    lines: dict[int, str]


def try_mapping(settings: Settings, mapping: str, file: Path | None, records: int = RECORDS) -> RunReport:
    """Read one file by one mapping and show what comes of it.

    Args:
        settings: The plant and the landing folder.
        mapping: Name of one of the plant's mappings, or a path to a mapping's file.
        file: A file below the landing folder or anywhere else; by default the newest of landing that it matches.
        records: How many records and rejected entries are shown.

    Raises:
        UsageError: There is no such mapping or file, or no file that the mapping matches.
        ContractError: The profile or the mapping cannot be read.
    """
    profile = load_profile(settings.plant)
    found = _mapping(settings, mapping, profile)
    storage, path = _file(settings, found, file)
    key, member = place_of(storage, path)
    name = _name(settings, storage, path)
    with Archives() as archives:
        opened = partial(_stream, archives, storage, key, member)
        with opened() as stream:
            batches = list(read_records(stream, at_path(found, name)))  # type: ignore[arg-type]  # a raw stream is enough
        tried = _tried(opened, batches, found, profile, records)
    data = {"mapping": found.name, "file": name, **tried.counts, "read": tried.rows, "not_read": tried.rejected}
    is_fine = not tried.counts["rejected"] and not tried.counts["faulty"] and tried.counts["records"] > 0
    code = ExitCode.DONE if is_fine else ExitCode.REFUSED
    return RunReport("plant", changed=False, lines=tuple(_shown(found, name, tried)), data=data, exit_code=code)


def _mapping(settings: Settings, name: str, profile: Profile) -> Mapping:
    path = Path(name)
    found: Mapping | RefusedMapping
    if path.suffix == ".toml" and path.is_file():
        found = read_mapping(path, profile)
    else:
        sources = read_mappings(settings.plant, profile)
        known: dict[str, Mapping | RefusedMapping] = {one.name: one for one in sources.usable}
        known |= {one.name: one for one in sources.refused}
        if name not in known:
            raise UsageError(f"no mapping {name!r}; legal: {', '.join(known)}, or a path to a .toml file")
        found = known[name]
    if isinstance(found, RefusedMapping):
        raise UsageError("; ".join(found.faults))
    return found


def _file(settings: Settings, mapping: Mapping, file: Path | None) -> tuple[Storage, str]:
    """Where the file is, and its path there; a member of an archive has the archive's path before its name."""
    landing = storage_at(settings.landing)
    if file is None:
        return landing, _newest(landing, mapping).path
    named = split_member(str(file))
    place = file if file.is_file() or named is None else Path(named[0])
    if not place.is_file():
        raise UsageError(f"no file {file}")
    storage, key = file_at(place)
    return storage, str(key) if place == file or named is None else f"{key}/{named[1]}"


def _name(settings: Settings, storage: Storage, path: str) -> str:
    """The path below the landing folder, where the file is there."""
    folder, root = settings.landing.resolve(), Path(storage.place).resolve()
    return (root.relative_to(folder) / path).as_posix() if root.is_relative_to(folder) else path


def _stream(archives: Archives, storage: Storage, key: Key, member: str) -> io.RawIOBase:
    opened = archives.checked(storage, key, member)
    if opened.stream is None:
        raise UsageError(opened.fault)
    return opened.stream


def _newest(landing: Storage, mapping: Mapping) -> Landed:
    listed = with_members(landing, scan(landing), Mappings((mapping,)))
    found = [landed for landed in listed if reads(mapping, landed.path)]
    if not found:
        raise UsageError(
            f"mapping {mapping.name} matches no file in {landing.place}; name one: assay plant try {mapping.name} FILE"
        )
    return max(found, key=lambda landed: (landed.modified_us, landed.path))


def _tried(
    opened: Callable[[], io.RawIOBase], batches: Sequence[ReadBatch], mapping: Mapping, profile: Profile, records: int
) -> Tried:
    rows = with_verdicts(pa.Table.from_batches([batch.rows for batch in batches]), mapping, profile)
    rows = rows.drop_columns([name for name in _UNSHOWN if name in rows.column_names])
    rejected = pa.Table.from_batches([batch.rejected for batch in batches]).drop_columns(["raw", "_offset"])
    shown, left = rows.slice(0, records).to_pylist(), rejected.slice(0, records).to_pylist()
    counts = {
        "records": sum(batch.records for batch in batches), "rows": rows.num_rows,
        "blank": sum(batch.blank for batch in batches), "rejected": sum(rejected["record_count"].to_pylist()),
        "faulty": sum(1 for faults in rows["faults"].to_pylist() if faults),
    }  # fmt: skip
    named = {int(row["_line"]) for row in (*shown, *left)}
    return Tried(shown, left, counts, source_lines(opened, mapping, named))


def _shown(mapping: Mapping, path: str, tried: Tried) -> Iterator[str]:
    counts = tried.counts
    yield f"{path} by mapping {mapping.name}, feed {mapping.feed.name}:"
    entries = sorted([*tried.rows, *tried.rejected], key=lambda entry: int(entry["_line"]))
    for line, of_line in groupby(entries, key=lambda entry: int(entry["_line"])):
        yield f"  {line}: {tried.lines.get(line, '')}".rstrip()
        yield from (f"    {_entry(entry)}" for entry in of_line)
    yield (
        f"{counts['records']} records: {counts['rows']} read ({counts['faulty']} of them to be set aside), "
        f"{counts['blank']} without a value, {counts['rejected']} rejected"
    )


def _entry(entry: dict[str, Any]) -> str:
    if "reason" in entry:
        return f"REJECTED {entry['record_count']}: {entry['reason']}: {entry['detail']}"
    values = ", ".join(f"{name}={_text(value)}" for name, value in entry.items() if _is_shown(name, value))
    return values + "".join(f"  SET ASIDE: {fault}" for fault in entry["faults"])


def _is_shown(name: str, value: object) -> bool:
    return value is not None and name not in _HIDDEN and name != "faults"


def _text(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)

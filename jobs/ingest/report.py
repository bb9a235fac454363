"""What an ingest run says: the outcomes of the files, what waits, and which mapping has to be fixed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from expectations.mapping.folder import RefusedMapping
from expectations.tables.bronze import FILES
from jobs.ingest.again import ReadAgain, again_lines, gone_reason
from jobs.ingest.lost_times import lost_times
from jobs.ingest.new_files import Waiting
from jobs.ingest.unknown_columns import unknown_columns
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from lakehouse.plant import Plant

_OF_TIMES = ["path", "sha256", "modified_at", "feed", "outcome", "_batch_id"]
_CLASSES = ("records", "rows", "blank", "rejected", "duplicate")
_NAMED, _LISTED = 3, 100  # files that a sentence names, and that the report for programs lists


def report(
    plant: Plant, rows: Sequence[Mapping[str, Any]], waiting: Waiting, as_of: datetime, files_until: datetime | None
) -> RunReport:
    """The report of a run.

    Args:
        plant: The plant; of its mappings those that are refused are reported whether files wait for them or not.
        rows: The ledger's rows of every batch that was read.
        waiting: What is left in the landing folder.
        as_of: The clock of the run.
        files_until: Up to which modification time files were admitted.
    """
    read, data = _read(rows)
    reasons = [*_refused(plant, waiting), *_contested(waiting)]
    ledger = plant.lake.arrow(FILES, _OF_TIMES).to_pylist() if rows else []
    lines = [
        *read,
        *unknown_columns(plant, rows),
        *lost_times(rows, ledger),
        *_later(waiting, files_until),
        *_halves(waiting),
    ]
    lines += [f"ingest: {reason}" for reason in reasons]
    data |= {"as_of": as_of, "waiting": _waiting(plant, waiting)}
    code = ExitCode.USAGE if reasons else ExitCode.REFUSED if _is_refused(rows) else ExitCode.DONE
    return RunReport("ingest", bool(rows), tuple(lines), {**data, **({"reasons": reasons} if reasons else {})}, code)


def again_report(
    plant: Plant, rows: Sequence[Mapping[str, Any]], chosen: ReadAgain, before: Sequence[Mapping[str, Any]]
) -> RunReport:
    """The report of a run that reads again.

    Args:
        plant: The plant.
        rows: The ledger's rows of every batch that was read.
        chosen: What was asked for.
        before: The ledger before: `_file_id`, outcome, records, rejected.
    """
    ids = {old for one in chosen.asked.admissions for old in one.replaces}
    old = [row for row in before if row["_file_id"] in ids and row["outcome"] in ("read", "file_changed")]
    replaced = [sum(row[name] or 0 for row in old) for name in ("records", "rejected")]
    reason = gone_reason(chosen.asked)
    lines = [*again_lines(chosen.asked, replaced), *(_read(rows)[0] if rows else [])]
    lines += [*unknown_columns(plant, rows), *_halves(chosen.waiting)]
    lines += [f"ingest: {reason}"] if reason else []
    data = {**(_read(rows)[1] if rows else {}), "replaced": dict(zip(("records", "rejected"), replaced, strict=True))}
    data |= {"gone": [row.path for row in chosen.asked.gone], "waiting": _waiting(plant, chosen.waiting)}
    code = ExitCode.REFUSED if _is_refused(rows) else ExitCode.DONE
    if reason:
        data, code = {**data, "reasons": [reason]}, ExitCode.USAGE
    return RunReport("ingest", bool(rows), tuple(lines), data, code)


def _read(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], dict[str, Any]]:
    if not rows:
        return ["ingest: nothing new in the landing folder"], {}
    feeds: dict[str, dict[str, int]] = {}
    outcomes: dict[str, int] = {}
    for row in rows:
        outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + 1
        if row["outcome"] == "unpacked":
            continue
        total = feeds.setdefault(row["feed"] or "unmatched", dict.fromkeys(_CLASSES, 0))
        for key in total:
            total[key] += row[key] or 0
    lines = [f"ingest: {len(rows)} files: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))]
    lines += _useless([row["path"] for row in rows if is_refused_whole(row)])
    lines += _unmatched([row for row in rows if row["outcome"] == "unmatched"])
    for feed, total in sorted(feeds.items()):
        lines.append(f"  {feed}: " + ", ".join(f"{value:,} {key}" for key, value in total.items()))
    return lines, {"files": outcomes, "feeds": feeds}


def is_refused_whole(row: Mapping[str, Any]) -> bool:
    """Whether every record of a file of the ledger was rejected; a file without records has none to reject."""
    return bool(row["rejected"]) and row["rejected"] == row["records"]


def _is_refused(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run read records and could use none: a green end would hide that."""
    with_records = [row for row in rows if row["records"]]
    return bool(with_records) and all(map(is_refused_whole, with_records))


def _useless(paths: Sequence[str]) -> list[str]:
    """The files of which nothing could be read."""
    if not paths:
        return []
    step = 'assay sql "SELECT reason, detail, text FROM bronze.rejected ORDER BY _batch_id DESC LIMIT 5"'
    return [f"  every record is rejected in {_named(paths)}; `{step}` says why"]


def _unmatched(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The files that no mapping wants, the first few by name, and why some nearly match: the ledger has them all."""
    if not rows:
        return []
    hints = [f"  {row['path']}: {row['detail'].partition(': ')[2]}" for row in rows if ": " in row["detail"]]
    paths = [row["path"] for row in rows]
    return [
        f"  no mapping's files match {_names(paths)}; add a glob to a mapping: the next run reads them",
        *hints[:_NAMED],
    ]


def _later(waiting: Waiting, until: datetime | None) -> list[str]:
    if until is None or not waiting.later:
        return []
    return [f"ingest: waiting, changed after {until:%Y-%m-%d %H:%M:%S %Z}: {_named(waiting.later)}"]


def _halves(waiting: Waiting) -> list[str]:
    """Files whose last line has no end yet."""
    return [f"ingest: half a last line waits: {_named(waiting.halves)}"] if waiting.halves else []


def _refused(plant: Plant, waiting: Waiting) -> list[str]:
    """A sentence for each mapping that is refused: what is wrong, what to do, and what waits for it."""
    return [
        f"{'; '.join(refused.faults)}; fix {refused.path} or the profile, then run again; until then "
        f"{_held(refused, waiting.claims.refused.get(refused.name, ()))}"
        for refused in plant.sources.refused
    ]


def _held(refused: RefusedMapping, paths: Sequence[str]) -> str:
    which = "its files" if refused.files is not None else "files that no other mapping matches"
    return f"{which} wait: {_named(paths)}" if paths else f"{which} wait: none so far"


def _contested(waiting: Waiting) -> list[str]:
    return [
        f"several mappings ({', '.join(names)}) match the same files; narrow their globs to one, or let "
        f"each name the others in read_with, then run again; until then these wait: {_named(paths)}"
        for names, paths in sorted(waiting.claims.contested.items())
    ]


def _waiting(plant: Plant, waiting: Waiting) -> dict[str, Any]:
    """The same for programs."""
    claims = waiting.claims
    refused = [
        {"mapping": one.name, "path": one.path, "faults": one.faults, **_files(claims.refused.get(one.name, ()))}
        for one in plant.sources.refused
    ]
    contested = [{"mappings": names, **_files(paths)} for names, paths in sorted(claims.contested.items())]
    return {
        "files_until": _files(waiting.later),
        "refused_mappings": refused,
        "contested": contested,
        "half_lines": _files(waiting.halves),
    }


def _files(paths: Sequence[str]) -> dict[str, Any]:
    """How many they are, and the first of them."""
    return {"files": len(paths), "paths": sorted(paths)[:_LISTED]}


def _named(paths: Sequence[str]) -> str:
    return f"{len(paths):,} {'file' if len(paths) == 1 else 'files'} ({_names(paths)})"


def _names(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(sorted(paths)[:_NAMED]) + more

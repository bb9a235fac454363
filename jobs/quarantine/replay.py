"""Records of quarantine repaired by a rule and replayed, each once: first what would come, then, if asked, the repair.

What is written, in order: the repair's records (`bronze.repairs`), then a batch as `assay ingest` writes it. Killed in
between, the same command, or the next `assay ingest`, ends what was begun.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from bronze.repairs import Rule, repair_id, repaired_file_id
from expectations.feeds import READINGS
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import feed_table
from expectations.tables.bronze_repairs import REPAIRS
from expectations.tables.set_aside import GIVES_WAY
from expectations.tables.silver import READINGS_TABLE
from jobs.ingest.job import run_batch
from jobs.quarantine.batch import begun, ledger_of, repair_batch
from jobs.quarantine.chosen import Choice, paths_of, quarantined
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver import limits_in_force
from jobs.silver.path_versions import replaced_readings
from jobs.silver.repaired import cells, repairs
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction
from silver.outcomes import KEY, differing
from silver.readings import flag

_SHOWN = 5
_NEXT = "quarantine: `assay silver` and `assay gold`, or the next hour, bring it into the tables"


@dataclass(frozen=True, slots=True)
class Asked:
    """A replay: of which records, by what rule, why, by whom and when; `is_applied`: it is made, not only shown."""

    choice: Choice
    rule: Rule
    reason: str
    who: str
    at: datetime
    is_applied: bool


def replay(plant: Plant, settings: Settings, asked: Asked) -> RunReport:
    """Show what a repair would come to, or make it.

    Raises:
        UsageError: No record was chosen, the rule does nothing, or a record would be set aside again.
    """
    ledger = ledger_of(plant)
    unfinished = begun(ledger)
    if unfinished is not None:
        return _ended(plant, settings, unfinished.number, asked)
    rows = _chosen(plant, asked.choice)
    after = _repaired(rows, asked.rule)
    lines = [*_shown(rows, after), *_conflicts(plant, _sound(plant, rows, after))]
    data: dict[str, Any] = {"records": len(rows), "rule": str(asked.rule), "choice": str(asked.choice)}
    if not asked.is_applied:
        lines.append("quarantine: nothing was written; with --apply and --reason WHY it is")
        return RunReport("quarantine", changed=False, lines=tuple(lines), data=data)
    name = _write(plant, settings, asked, ledger, list(zip(rows, after, strict=True)))
    lines += [f"quarantine: repair {name} replayed {len(rows):,} records; `assay quarantine undo {name}` undoes it"]
    return RunReport("quarantine", changed=True, lines=(*lines, _NEXT), data={**data, "repair_id": name})


def _ended(plant: Plant, settings: Settings, number: int, asked: Asked) -> RunReport:
    if not asked.is_applied:
        raise UsageError(f"the repair of batch {number} was begun and is not finished; `assay ingest` ends it")
    end(plant, settings)
    line = f"quarantine: the repair of batch {number} had been begun; it is finished now, nothing else was done"
    return RunReport("quarantine", changed=True, lines=(line, _NEXT), data={"finished": number})


def end(plant: Plant, settings: Settings) -> None:
    """End the repair that was begun, if one was."""
    batch = begun(ledger_of(plant))
    if batch is not None:
        with session_when_needed(settings) as engine:
            run_batch(engine, plant, settings, batch)


def _chosen(plant: Plant, choice: Choice) -> list[dict[str, Any]]:
    """The records to repair: those that nothing replaced, and no repair in force replays."""
    rows = quarantined(plant, choice, paths_of(plant))
    replaced, repaired = replaced_readings(plant), cells(plant, repairs(plant).in_force)
    out = Counter[str]()
    chosen = []
    for row in rows:
        if row["_faults"][0] in GIVES_WAY or row["_file_id"] in replaced:
            out["out of use: something later replaced them"] += 1
        elif (row["_line"], row["_column"] or "") in repaired.get(row["_file_id"], {}):
            out["repaired already"] += 1
        else:
            chosen.append(row)
    if not chosen:
        left = "; ".join(f"{count:,} are {why}" for why, count in out.items()) or "none is in quarantine"
        raise UsageError(f"nothing to repair: got {choice}: {left}; `assay quarantine list` shows what there is")
    return chosen


def _repaired(rows: Sequence[Mapping[str, Any]], rule: Rule) -> list[dict[str, Any]]:
    if rule.is_empty:
        raise UsageError("got no rule; legal: --scale, --offset, --unit, --shift, one or several of them")
    try:
        return [rule.repaired(row) for row in rows]
    except OverflowError as error:
        raise UsageError(f"got {rule}: a time would leave the years 1 to 9999; legal: a shorter --shift") from error


def _sound(plant: Plant, rows: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The repaired records in canonical units.

    Raises:
        UsageError: Some would be set aside again.
    """
    records = pa.Table.from_pylist(
        [{**row, **set_right} for row, set_right in zip(rows, after, strict=True)],
        arrow_schema(feed_table(READINGS)),
    )
    flagged = flag(records, limits_in_force.now(plant).book(plant))
    is_faulty = pc.greater(pc.list_value_length(flagged.column("_faults")), 0)
    places = pc.indices_nonzero(is_faulty).to_pylist()
    if places:
        faults = Counter(fault for found in flagged.filter(is_faulty).column("_faults").to_pylist() for fault in found)
        first = flagged.slice(places[0], 1).select(["_line", "value", "unit", "measured_at"]).to_pylist()[0]
        named = ", ".join(f"{count:,} {fault}" for fault, count in sorted(faults.items()))
        raise UsageError(
            f"{len(places):,} of {len(rows):,} records would be set aside again ({named}), such as "
            f"{rows[places[0]]['path']} line {first['_line']}: {first['value']} {first['unit']} at "
            f"{_at(first['measured_at'])}; give another rule, or choose fewer records, as by --file"
        )
    return flagged


def _conflicts(plant: Plant, sound: pa.Table) -> list[str]:
    """A warning where repaired records say otherwise than what is stored of their sensor, metric and time."""
    ends = pc.min_max(sound.column("measured_at"))
    at = ds.field("measured_at")
    stored = plant.lake.arrow(READINGS_TABLE, [*KEY, "steps"], (at >= ends["min"]) & (at <= ends["max"]))
    count = int(differing(sound, stored)[1].sum())
    if not count:
        return []
    return [
        f"quarantine: WARNING {count:,} of them say otherwise than what is stored of their sensor and time: `keep` of "
        "the mapping decides between them, and by `version` none of two sources that differ is stored"
    ]


def _write(
    plant: Plant, settings: Settings, asked: Asked, ledger: list[dict[str, Any]],
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> str:  # fmt: skip
    """The repair, then its batch; the repair's name."""
    places = [(row["_file_id"], row["_line"], row["_column"] or "") for row, _ in pairs]
    name = repair_id(str(asked.rule), places, sum(row["outcome"] == "undone" for row in ledger))
    common = {
        "repair_id": name, "rule": str(asked.rule), "reason": asked.reason, "who": asked.who, "repaired_at": asked.at
    }  # fmt: skip
    rows = [
        {
            **common, **after, "repaired_file_id": row["_file_id"], "_line": row["_line"], "_column": row["_column"],
            "_file_id": repaired_file_id(name, row["_file_id"]),
        }
        for row, after in pairs
    ]  # fmt: skip
    append_rows(plant.lake, REPAIRS, rows, f"repair {name}", Transaction(f"{REPAIRS.name}/{name}"))
    files = {str(row["_file_id"]): str(row["repaired_file_id"]) for row in rows}
    batch = repair_batch(ledger, asked.at, files, f"repair {name}: {asked.rule}: {asked.reason}")
    with session_when_needed(settings) as engine:
        run_batch(engine, plant, settings, batch)
    return name


def _shown(rows: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many records of which faults, and the first few before and after."""
    faults = Counter(row["_faults"][0] for row in rows)
    named = ", ".join(f"{count:,} {fault}" for fault, count in sorted(faults.items()))
    lines = [f"quarantine: {len(rows):,} records ({named}) of {len({row['_file_id'] for row in rows}):,} files"]
    for row, now in list(zip(rows, after, strict=True))[:_SHOWN]:
        before, then = (f"{one['value']} {one['unit']} at {_at(one['measured_at'])}" for one in (row, now))
        lines.append(f"  {row['path']} line {row['_line']}, {row['sensor_id']} {row['metric']}: {before} -> {then}")
    return lines


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%fZ}".replace(".000000Z", "Z")

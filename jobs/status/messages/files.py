"""Words on files that are not read, and on what batches brought that could not be used."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from jobs.alerts.condition import Severity
from jobs.status.facts import BatchPart, CriticalConflict, Landed, SetAside
from jobs.status.item import Item, ago, few

# Source: an hourly ingest leaves no file longer than an hour; a second hour allows for one run that is missed.
_WAITING_LONG = timedelta(hours=2)
_EVENTS = "silver.events_quarantine"
_QUARANTINE = {"readings": "silver.readings_quarantine", "edge_scores": "gold.predictions_quarantine"}


def landed_items(landed: Landed, now: datetime) -> Iterator[Item]:
    """What lies in the landing folder and is not in bronze."""
    if not landed.is_there:
        yield Item("files", "the landing folder is not there", Severity.WARNING,
                   "make it, or set landing (ASSAY_LANDING)", "landing_missing/landing")  # fmt: skip
        return
    for name, (why, paths) in landed.refused.items():
        text = f"mapping {name} cannot be used: {why}; {len(paths):,} files wait for it"
        step = f"correct the mapping {name} or the profile, then run `assay ingest`"
        yield Item("files", text, Severity.CRITICAL, step, f"mapping_refused/{name}")
    if landed.unmatched:
        text = f"{len(landed.unmatched):,} files match no mapping: {few(landed.unmatched)}"
        step = "add a glob to a mapping (the next `assay ingest` reads them), or move them out of the landing folder"
        yield Item("files", text, Severity.WARNING, step, "files_unmatched/landing")
    if landed.waiting and landed.oldest_at:
        is_long = now - landed.oldest_at > _WAITING_LONG
        text = f"{len(landed.waiting):,} files wait to be read, the oldest changed {ago(landed.oldest_at, now)}"
        yield Item("files", text, Severity.WARNING if is_long else None, "run `assay ingest`" if is_long else "",
                   "files_waiting/landing" if is_long else "")  # fmt: skip
    if not (landed.refused or landed.unmatched or landed.waiting):
        yield Item("files", "every file of the landing folder is read")


def set_aside_items(aside: SetAside, now: datetime) -> Iterator[Item]:
    """What was set aside since yesterday, by reason; a batch with too much of it."""
    del now
    since = f"since {aside.since:%Y-%m-%d} 00:00 UTC"
    for what, counts in (("quarantined", aside.quarantined), ("rejected", aside.rejected)):
        listed = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
        yield Item("set aside", f"{what} {since}: {listed or 'nothing'}", Severity.INFO if counts else None)
    for metric, count in aside.metrics.items():
        text = f"{count:,} readings of metric {metric}, which the profile does not know"
        step = f"name {metric} in the profile, or in [names] of the mapping, then run `assay silver`"
        yield Item("set aside", text, Severity.WARNING, step, f"unknown_metric/{metric}")
    for (metric, unit), count in aside.units.items():
        text = f"{count:,} readings of {metric} in unit {unit}, which does not fit it"
        step = f"name the unit of {metric} in [units] or [metrics] of the mapping"
        yield Item("set aside", text, Severity.WARNING, step, f"unknown_unit/{metric}/{unit}")
    if aside.refused:
        path, why = next(iter(aside.refused.items()))
        text = f"every record is rejected in {len(aside.refused):,} files: {few(list(aside.refused))}; {path}: {why}"
        step = "correct the mapping or the source of these files, then send them again"
        yield Item("set aside", text, Severity.WARNING, step, "file_refused/landing")
    yield from map(_conflict_item, aside.critical)
    for part in aside.parts:
        yield from _part_items(part, aside.limit)


def _conflict_item(one: CriticalConflict) -> Item:
    """A critical value that no table of readings shows, since another source says otherwise."""
    values = " and ".join(f"{value:.15g} {one.unit}" for value in one.values)
    more = f"; {one.count:,} such times" if one.count > 1 else ""
    text = (
        f"critical {one.metric} of machine {one.machine_id} (factory {one.factory_id}, sensor {one.sensor_id}) in an "
        f"open conflict at {one.measured_at:%Y-%m-%d %H:%M:%S} UTC: sources say {values}, none is stored{more}"
    )
    step = (
        "look at the machine; then let the source that is wrong send again, or say in the mapping which value is "
        "stored (`keep`), and run `assay silver`"
    )
    place = f"{one.factory_id}/{one.machine_id}/{one.sensor_id}/{one.metric}"
    return Item("set aside", text, Severity.CRITICAL, step, f"critical_conflict/{place}")


def _part_items(part: BatchPart, limit: float) -> Iterator[Item]:
    where, allowed = f"batch {part.batch}, {part.feed}", f"at most {limit:.2%} is expected (alert_share of the profile)"
    if part.faulty_share > limit:
        text = (
            f"{where}: {part.faulty_share:.1%} of {part.records:,} records are faulty ({part.quarantined:,} "
            f"quarantined, {part.rejected:,} rejected); {allowed}"
        )
        yield Item("set aside", text, Severity.WARNING, _look(part), f"faulty_share/{part.batch}/{part.feed}")
    if part.missing_share > limit:
        text = f"{where}: {part.missing_share:.1%} of {part.records:,} records say no value; {allowed}"
        step = 'look at the source of these files: `assay sql "FROM bronze.files ORDER BY _batch_id DESC LIMIT 5"`'
        yield Item("set aside", text, Severity.WARNING, step, f"missing_share/{part.batch}/{part.feed}")


def _look(part: BatchPart) -> str:
    """What a person does about a faulty share: the rows of that feed; of readings also how they are repaired."""
    is_rejected = part.rejected > part.quarantined
    table = "bronze.rejected" if is_rejected else _QUARANTINE.get(part.feed, _EVENTS)
    own = f" AND feed = '{part.feed}'" if table in ("bronze.rejected", _EVENTS) else ""
    step = f'look at `assay sql "FROM {table} WHERE _batch_id = {part.batch}{own} LIMIT 5"`'
    if part.feed == "readings" and not is_rejected:
        step += ", then repair and replay them with `assay quarantine`, as docs/operations.md shows"
    return step

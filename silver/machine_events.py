"""`silver.machine_events`: maintenance, failures and errors as one stream, each event once."""

from collections.abc import Mapping

import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import coded, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.local_time import DAY_US, dates, local_us
from expectations.tables.silver import MACHINE_EVENTS
from silver import events_quarantine
from silver.clock import FileClocks, is_suspect

KIND_OF_FEED = {"maintenance": "maintenance", "failures": "failure", "errors": "error"}


def build(bronze: Mapping[str, pa.Table], profile: Profile, clocks: FileClocks) -> pa.Table:
    """Events of all kinds, key (machine_id, factory_id, kind, code, occurred_at, state, detail), in its order.

    What a mapping names of text and state is part of an event: raised, acknowledged and returned are three, also in one
    second.

    Args:
        bronze: The tables of bronze of the feeds in `KIND_OF_FEED`.
        profile: The plant.
        clocks: The clocks of files that have one of their own.
    """
    stream, key = _stream(bronze), list(MACHINE_EVENTS.key)
    good = stream.filter(pa.array(~is_suspect(stream, "occurred_at", profile, clocks)))
    once = good.group_by(key, use_threads=False).aggregate([])
    named = once.sort_by([(name, "ascending") for name in key])
    local = local_us(micros(named, "occurred_at"), coded(named, "factory_id"), profile)
    named = named.append_column("local_date", dates(local // DAY_US))
    return named.select(list(MACHINE_EVENTS.column_names)).cast(arrow_schema(MACHINE_EVENTS))


def quarantine(bronze: Mapping[str, pa.Table], profile: Profile, clocks: FileClocks) -> pa.Table:
    """Records of events whose time cannot be true, as they arrived."""
    stream = _stream(bronze)
    named = stream.rename_columns(["stated_at" if name == "occurred_at" else name for name in stream.column_names])
    return events_quarantine.build(named, {"clock_suspect": is_suspect(stream, "occurred_at", profile, clocks)})


def _stream(bronze: Mapping[str, pa.Table]) -> pa.Table:
    """All records, with feed and kind."""
    return pa.concat_tables(
        bronze[feed]
        .append_column("feed", pa.repeat(feed, bronze[feed].num_rows))
        .append_column("kind", pa.repeat(kind, bronze[feed].num_rows))
        for feed, kind in KIND_OF_FEED.items()
    )

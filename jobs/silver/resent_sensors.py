"""Sentences on sensors whose readings seem to come twice, the second time by coarser stamps."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.machine_keys import factory_of, machine_of
from expectations.tables.silver import READINGS_TABLE
from lakehouse.files.row_groups import find_row_groups, read_row_group
from lakehouse.plant import Plant
from silver.resent import READS, Resent, resent

NAMED = 20  # sentences of a run
_DATES = 3  # the newest ones of a run
_MOST_ROWS = 1_000_000
"""Readings that are compared in a run; of a date with more the first row groups are."""


def resent_sensors(plant: Plant, dates: Iterable[str]) -> list[str]:
    """A sentence for each sensor that seems to be sent twice, on the newest of some UTC dates."""
    some, left = [], _MOST_ROWS
    for day in sorted(dates, reverse=True)[:_DATES]:
        where = ds.field(READINGS_TABLE.partition_by[0]) == pa.scalar(day).cast(pa.date32())
        for row_group in find_row_groups(plant.lake, READINGS_TABLE, where):
            if left > 0:
                some.append(read_row_group(row_group, READINGS_TABLE, READS))
                left -= row_group.rows
    empty = arrow_schema(READINGS_TABLE).empty_table().select(list(READS))
    return [_sentence(one) for one in resent(pa.concat_tables(some) if some else empty)][:NAMED]


def _sentence(one: Resent) -> str:
    counts = f"{one.equal:,} of {one.compared:,} are equal"
    where = f"machine {machine_of(one.machine)!r} of factory {factory_of(one.machine)!r}, metric {one.metric}"
    if one.sensor == one.of:
        return (
            f"sensor {one.sensor!r} of {where} seems to be sent twice, also by {one.stamps}: {counts}; "
            "leave out one of the sources, both are stored meanwhile"
        )
    return (
        f"sensor {one.sensor!r} of {where} seems to be {one.of!r} by {one.stamps}: {counts}; leave one out, or map "
        "both to one name, both are stored meanwhile"
    )

"""`gold.machine_features` from a file of buckets, by Assay's own build, in a process that starts cold."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.ours import PLANT
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import MACHINE_EVENTS
from gold import machine_features

_NEVER_CLOSED = datetime(2100, 1, 1, tzinfo=UTC)


def write_features(buckets: Path, machines: Path, target: Path) -> None:
    """Read the buckets, build, write: every row that the buckets give."""
    profile, found = load_profile(PLANT), pq.read_table(buckets, columns=list(machine_features.READS))
    ends = pc.min_max(found.column("bucket_at")).as_py()
    days = (ends["max"].date() - ends["min"].date()).days + 2
    dates = [ends["min"].date() + timedelta(days=day) for day in range(days)]
    events = arrow_schema(MACHINE_EVENTS).empty_table()
    rows = machine_features.build(found, events, pq.read_table(machines), profile, _NEVER_CLOSED, dates)
    pq.write_table(rows, target)


def main(argv: Sequence[str] | None = None) -> int:
    """What `bench.features` starts."""
    buckets, machines, target = sys.argv[1:] if argv is None else argv
    write_features(Path(buckets), Path(machines), Path(target))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Contents that came to a path again, or to another one: of A, B and A again, A is the latest; nothing is read."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_columns import coded
from jobs.silver.file_versions import file_versions
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.selection import RECORDS, read_records
from lakehouse.files.row_groups import find_row_groups
from lakehouse.files.task_files import TaskFiles
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage
from silver.outcomes import KEY

Content = tuple[int, str]


def returned_contents(plant: Plant, number: int, by: LimitsInForce) -> list[Content]:
    """(`_batch_id`, `_file_id`) of known contents that a batch found at a path, where one of their paths has others."""
    earlier = range(number)
    now, before = (file_versions(plant, by.keep, earlier, last) for last in (number, number - 1))
    versions = Counter(path for version in now.values() for path, _ in version.arrivals)
    return [
        content
        for content, version in now.items()
        if version.arrivals != before[content].arrivals and any(versions[path] > 1 for path, _ in version.arrivals)
    ]


def note_keys(plant: Plant, contents: Sequence[Content], folder: Storage) -> list[str]:
    """Files with the keys of the records of some contents."""
    if not contents:
        return []
    batches, files = {batch for batch, _ in contents}, {file for _, file in contents}
    with TaskFiles(folder) as out:
        for row_group in find_row_groups(plant.lake, RECORDS, ds.field("_batch_id").isin(sorted(batches))):
            rows = read_records(row_group, [*KEY, "_file_id"])
            out.write(
                "returned",
                rows.filter(pa.array(coded(rows, "_file_id").each(files.__contains__, bool))).select(list(KEY)),
            )
    return list(out.names.values())

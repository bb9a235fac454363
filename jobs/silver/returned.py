"""Contents that came back to their path: of A, B and A again, A is the latest version, although nothing is read."""

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
    """(`_batch_id`, `_file_id`) of the contents that a batch found at their path again, beside other versions of it."""
    earlier = range(number)
    now, before = (file_versions(plant, by.keep, earlier, last) for last in (number, number - 1))
    versions: dict[str, int] = {}
    for version in now.values():
        versions[version.path] = versions.get(version.path, 0) + 1
    return [
        content
        for content, version in now.items()
        if versions[version.path] > 1 and version.at_us != before[content].at_us
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

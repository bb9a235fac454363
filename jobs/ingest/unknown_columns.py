"""Columns that no mapping names: what a run stored of them in `_rescued`, in a sentence, so that none comes unseen."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from expectations.feeds import FEEDS
from expectations.tables.bronze import feed_table
from lakehouse.arrow_reading import open_data
from lakehouse.plant import Plant

_OF_BATCH = 100
"""Values of a batch of rows that are looked at, at equal distances: rows of one file mostly have the same columns."""
_NAMED = 5


def unknown_columns(plant: Plant, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each mapping whose files had columns that it does not name.

    Args:
        plant: The plant.
        rows: The ledger's rows of the batches that were read.
    """
    mappings = {row["_file_id"]: row["mapping"] for row in rows if row["rows"]}
    batches = sorted({row["_batch_id"] for row in rows if row["rows"]})
    found: dict[str, set[str]] = defaultdict(set)
    for feed in sorted({row["feed"] for row in rows if row["rows"] and row["feed"] in FEEDS}):
        for file_id, names in _names(plant, feed, batches):
            found[mappings.get(file_id) or feed] |= names
    return [_sentence(mapping, sorted(names)) for mapping, names in sorted(found.items())]


def _names(plant: Plant, feed: str, batches: Sequence[int]) -> Iterator[tuple[str, set[str]]]:
    table = feed_table(FEEDS[feed])
    if not plant.lake.exists(table):
        return
    where = ds.field("_batch_id").isin(list(batches)) & ds.field("_rescued").is_valid()
    data = open_data(plant.lake.storage_of(table))
    for batch in data.scanner(columns=["_file_id", "_rescued"], filter=where).to_batches():
        yield from _of_batch(batch)


def _of_batch(batch: pa.RecordBatch) -> Iterator[tuple[str, set[str]]]:
    """Names by file: of the first row of each file, and of rows at equal distances."""
    files, texts = batch.column(0).to_pylist(), batch.column(1)
    firsts = {file_id: at for at, file_id in reversed(list(enumerate(files)))}
    others = range(0, batch.num_rows, max(batch.num_rows // _OF_BATCH, 1))
    for at in {*firsts.values(), *others}:
        yield files[at], set(json.loads(texts[at].as_py()))


def _sentence(mapping: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"  mapping {mapping} does not name {', '.join(map(repr, names[:_NAMED]))}{more}: stored in _rescued; map what "
        "is to be read, or name it in `ignored`"
    )

"""Delta tables are read through Arrow's own file system, by our code and by every page that shows how.

With the file system that `deltalake` makes, Arrow's threads hold Python's buffers: one that is let go while the process
ends aborts the process (signal 6), measured in 18 of 240 runs on a busy machine.
"""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import python_files, text

READS = re.compile(r"(?:\.to_pyarrow_(?:dataset|table)|\bDeltaTable\(.*\)\.to_pandas)\(([^)]*)\)")
FOLDERS = ("bench", "bronze", "dags", "expectations", "gold", "jobs", "ml", "silver")


def unsafe(source: str) -> list[str]:
    return [found.group(0) for found in READS.finditer(source) if "filesystem=" not in found.group(1)]


def test_every_read_names_its_file_system() -> None:
    pages = [Path("README.md"), Path("docs/tables.md"), Path("expectations/tables/catalogue_parts/reading.md")]

    assert [line for path in (*python_files(*FOLDERS), *pages) for line in unsafe(text(path))] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('DeltaTable("a").to_pyarrow_dataset()', 1),
        ('DeltaTable(str(a)).to_pandas(columns=["b"])', 1),
        ("rows = table.to_pyarrow_table(columns=names)", 1),
        ("DeltaTable(folder).to_pyarrow_table(filesystem=files)", 0),
    ],
)
def test_an_unsafe_read_is_found(source: str, count: int) -> None:
    assert len(unsafe(source)) == count

"""Readers: pure functions from an open file to Arrow batches of typed rows and of rejected records.

The promise, for every batch and so for every file: ``records == rows + blank + sum(rejected.record_count)``.
"""

from bronze.readers.batch import REJECTED_SCHEMA, ReadBatch, row_schema
from bronze.readers.read import read_records, refused_file

__all__ = ["REJECTED_SCHEMA", "ReadBatch", "read_records", "refused_file", "row_schema"]

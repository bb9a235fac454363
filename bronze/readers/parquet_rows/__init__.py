"""Parquet: a record, or a wide row of them, for each row of a file."""

"""The monitoring job's parts: what became of every record, how old every table is."""

"""The monitoring job's parts: the outcome of every record, how old every table is."""

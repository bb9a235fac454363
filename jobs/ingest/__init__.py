"""The ingest job's parts: the plan of a batch, its staging, its publication."""

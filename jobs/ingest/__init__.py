"""The ingest job: the plan of a batch, its staging, its publication."""

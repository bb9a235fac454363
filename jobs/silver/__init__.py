"""The silver job's parts: master data and events, batches of readings, buckets."""

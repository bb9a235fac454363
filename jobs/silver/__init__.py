"""The silver job: master data and events, batches of readings, buckets."""

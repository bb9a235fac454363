"""The plant report, written where a person wants it."""

"""A run from its first record to its last, live or replayed: commits and sends. Owns threads and signals."""

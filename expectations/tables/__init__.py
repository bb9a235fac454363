"""The declarations of every table, a module per layer."""

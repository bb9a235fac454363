"""Upkeep: small files become few, files that no version needs go."""

"""Versions of derived tables computed again from their sources at the versions of then, and compared."""

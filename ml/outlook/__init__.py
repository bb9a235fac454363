"""The time that is left to a machine, by its score."""

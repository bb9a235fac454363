"""Questions that have a name: SQL files with a line of meaning, and their parameters."""

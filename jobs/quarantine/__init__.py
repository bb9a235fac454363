"""Records that were set aside: listed, shown, repaired, replayed, and repairs undone."""

"""One record: its fields, times and numbers, its canonical text, and the reason where it cannot be read."""

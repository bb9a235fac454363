"""One record: its values, its times, its canonical text, and the reason where it cannot be read."""

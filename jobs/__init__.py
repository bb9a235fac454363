"""What is read and written: one command per module, the only package with effects."""

"""The one SQLite file of a gateway: opened, checked, salvaged, grown and shrunk. Nothing else touches SQLite."""

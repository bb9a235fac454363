"""Bytes by key below one root: the lake or the landing folder. A local folder is the one implementation."""
